import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { checkSecrets } from '../../src/cli/machine.ts';
import { makePrivate } from '../../src/files/private-folder.ts';

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
const logged: unknown[] = [];
const log = { warn: (...args: unknown[]) => void logged.push(args) };
const mode = async (...names: string[]) => ((await stat(at(...names))).mode & 0o777).toString(8);

/** A file with its folders, all of which anybody can read. */
async function openFile(...names: string[]): Promise<void> {
  await mkdir(path.dirname(at(...names)), { recursive: true });
  await writeFile(at(...names), 'private');
  await chmod(at(...names), 0o644);
  for (let count = 0; count < names.length; count++) await chmod(at(...names.slice(0, count)), 0o755);
}

beforeEach(async () => {
  logged.length = 0;
  const parent = await mkdtemp(path.join(os.tmpdir(), 'impasto-private-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  folder = path.join(parent, 'data');
});

describe.skipIf(process.platform === 'win32')('A folder that is kept private', () => {
  it('is made for its user alone', async () => {
    await makePrivate(folder, log);
    expect(await mode()).toBe('700');
  });

  it('is closed with all that is in it, where others could read it', async () => {
    await openFile('pictures', 'ab', 'abcd');
    await openFile('studio', 'studio.db-wal');
    await openFile('impasto.db');
    await openFile('impasto.db-shm');
    await makePrivate(folder, log);
    for (const names of [[], ['pictures'], ['pictures', 'ab'], ['studio']]) {
      expect(await mode(...names)).toBe('700');
    }
    for (const names of [
      ['pictures', 'ab', 'abcd'],
      ['studio', 'studio.db-wal'],
      ['impasto.db'],
      ['impasto.db-shm'],
    ]) {
      expect(await mode(...names)).toBe('600');
    }
    expect(logged).toEqual([]);
  });

  it('changes nothing that is not Impasto’s, wherever links lead', async () => {
    await openFile('program');
    await openFile('pictures', 'ab', 'abcd');
    await symlink(at('program'), at('pictures', 'link'));
    await makePrivate(folder, log);
    expect([await mode(), await mode('program'), await mode('pictures')]).toEqual(['755', '644', '700']);
  });

  it('keeps nothing from starting where it cannot be closed', async () => {
    await openFile('file');
    await makePrivate(at('file', 'data'), log);
    expect(logged).toHaveLength(1);
  });
});

describe.skipIf(process.platform === 'win32')('The doctor', () => {
  const told = async () => (await checkSecrets(at('.env')).next()).value;

  it('tells of a file of tokens that others can read', async () => {
    await openFile('.env');
    expect(await told()).toMatchObject({ state: 'note', advice: expect.stringContaining('chmod 600') });
    await chmod(at('.env'), 0o600);
    expect(await told()).toBeUndefined();
    await rm(at('.env'));
    expect(await told()).toBeUndefined();
  });
});
