import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WeightFile } from '../../../src/nst/weights/manifest.ts';
import { claimPartial, settlePartial } from '../../../src/nst/weights/partial.ts';
import { syntheticWeights } from '../../support/weights-server.ts';

const { manifest, files } = syntheticWeights();
const file = manifest.layers[0]?.shards[0] as WeightFile;

let folder: string;
let target: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'impasto-partial-'));
  target = join(folder, file.file);
});
afterEach(() => rm(folder, { recursive: true }));

describe('a claimed partial', () => {
  it('belongs to the claimant, however old it was', async () => {
    await writeFile(`${target}.partial`, 'old');
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(`${target}.partial`, hourAgo, hourAgo);
    const first = await claimPartial(target);
    const second = await claimPartial(target);
    expect(second).not.toBe(first);
    expect(await readdir(folder)).toEqual([basename(first)]);
  });

  it('is not confused with that of a file whose name begins alike', async () => {
    await writeFile(`${target}0.partial`, 'another');
    await claimPartial(target);
    expect(await readdir(folder)).toEqual([`${file.file}0.partial`]);
  });
});

describe('settling a partial', () => {
  it('is content when another process has taken it and put the good file in place', async () => {
    await writeFile(target, files.get(file.file) as Buffer);
    await settlePartial(join(folder, 'taken.partial'), target, file);
    expect(await readdir(folder)).toEqual([file.file]);
  });

  it('fails when neither the partial nor a good file is there', async () => {
    await writeFile(target, 'damaged');
    await expect(settlePartial(join(folder, 'taken.partial'), target, file)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
