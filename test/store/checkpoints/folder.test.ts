import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openCheckpointFolder } from '../../../src/store/checkpoint-folder.ts';
import { checkpointsContract } from './contract.ts';
import { checkpoint, task } from './records.ts';

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return path.join(folder, 'checkpoints');
}

checkpointsContract('a folder', async () => openCheckpointFolder(await newFolder()));

describe('a folder of checkpoints', () => {
  it('keeps a write that is under way, and loses what an interrupted one has left', async () => {
    const folder = await newFolder();
    const checkpoints = openCheckpointFolder(folder);
    await checkpoints.write(task('a'), checkpoint);
    const left = 'a.checkpoint.00000000-0000-0000-0000-000000000000';
    const underWay = 'a.checkpoint.11111111-1111-1111-1111-111111111111';
    for (const name of [left, underWay, 'b.checkpoint.partial', 'notes'])
      await writeFile(path.join(folder, name), 'half');
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    await utimes(path.join(folder, left), longAgo, longAgo);
    await checkpoints.keep(async () => new Set(['a']));
    expect((await readdir(folder)).sort()).toEqual(['a.checkpoint', underWay, 'notes']);
    await checkpoints.remove('a');
    expect(await readdir(folder)).toEqual(['notes']);
  });

  it('holds a whole checkpoint when two processes write one at once', async () => {
    const folder = await newFolder();
    const written = ['x', 'y'].map((letter) => ({
      ...checkpoint,
      painting: Buffer.alloc(3_000_000, letter),
    }));
    await Promise.all(written.map((each) => openCheckpointFolder(folder).write(task('a'), each)));
    const read = await openCheckpointFolder(folder).read(task('a'));
    expect(written.some(({ painting }) => painting.equals(read?.painting as Buffer))).toBe(true);
    expect(await readdir(folder)).toEqual(['a.checkpoint']);
  });
});
