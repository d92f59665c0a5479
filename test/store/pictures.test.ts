import { execFile } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPictureFolder } from '../../src/store/pictures.ts';
import { hashOf } from './contract/records.ts';
import { usePictures } from './pictures-at-hand.ts';
import { describePictures } from './pictures-contract.ts';

const run = promisify(execFile);

describePictures('a folder', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'impasto-pictures-'));
  const fileOf = (hash: string) => path.join(folder, hash.slice(0, 2), hash);
  const again = () => openPictureFolder(folder);
  return {
    pictures: again(),
    again,
    async kept() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
    setUsed: (hash, time) => utimes(fileOf(hash), time / 1000, time / 1000),
    damage: (hash, bytes) => writeFile(fileOf(hash), bytes),
    async inflate(hash, bytes) {
      await mkdir(path.dirname(fileOf(hash)), { recursive: true });
      await writeFile(fileOf(hash), '');
      await truncate(fileOf(hash), bytes);
    },
    lastUse: async (hash) => (await stat(fileOf(hash))).mtimeMs,
    vagueMs: 0,
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
});

const at = usePictures();
const { put, text, files, fileOf } = at;

/** Root may do everything, so permissions are tested as somebody else. */
async function withoutPrivileges<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('a picture', () => {
  it('lies in a folder named by its first two digits, with nothing beside it', async () => {
    const hash = await put('photograph');
    expect(await files()).toEqual([path.join(hash.slice(0, 2), hash)]);
  });

  it('is gone in a folder that nobody has made', async () => {
    expect(await at.pictures.has(hashOf('photograph'))).toBe(false);
    await expect(at.pictures.get(hashOf('photograph'))).rejects.toMatchObject({ code: 'picture-gone' });
    const everything = { retentionMs: 0, maxBytes: 0, keep: () => false };
    expect(await at.pictures.clean(everything)).toEqual({ removed: [], bytes: 0, left: 0 });
  });
});

describe('a name that leads out of the folder', () => {
  it.each(['../secret', 'aa/../../../secret'])('is no picture’s: %s', async (name) => {
    await put('photograph');
    const secrets = [path.join(at.folder, 'data', 'secret'), path.join(at.folder, 'secret')];
    for (const secret of secrets) await writeFile(secret, 'secret');
    await expect(at.pictures.get(name)).rejects.toMatchObject({ code: 'picture-gone' });
    await at.pictures.remove(name);
    for (const secret of secrets) expect(await readFile(secret, 'utf8')).toBe('secret');
  });
});

describe.skipIf(process.platform === 'win32')('in a picture’s place', () => {
  it.each<[string, (file: string) => Promise<unknown>]>([
    ['a pipe', (file) => run('mkfifo', [file])],
    ['a folder', (file) => mkdir(file)],
    ['a link to what has no end', (file) => symlink('/dev/zero', file)],
  ])('%s holds nobody up: it is no picture', async (_, make) => {
    const hash = await put('photograph');
    await rm(fileOf(hash));
    await make(fileOf(hash));
    await expect(at.pictures.get(hash)).rejects.toMatchObject({ code: 'picture-damaged' });
    expect(await at.pictures.has(hash)).toBe(false);
  });
});

/** Where another file system may be. */
const elsewhere = await stat('/dev/shm').then(
  ({ dev }) => stat(tmpdir()).then((here) => dev !== here.dev),
  () => false,
);

describe.skipIf(!elsewhere)('a file on another file system (skipped where there is no /dev/shm)', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp('/dev/shm/impasto-pictures-');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const fileWith = async (content: string) => {
    const file = path.join(folder, 'file');
    await writeFile(file, content);
    await utimes(file, 1, 1);
    return file;
  };

  it('is copied, with nothing left of it there or beside it', async () => {
    const hash = await at.pictures.putFile(await fileWith('photograph'));
    expect(await text(hash)).toBe('photograph');
    expect(await files()).toEqual([path.join(hash.slice(0, 2), hash)]);
    expect(await readdir(folder)).toEqual([]);
    const { mtimeMs } = await stat(fileOf(hash));
    expect(mtimeMs).toBeGreaterThan(1_000_000);
  });

  it('that cannot be copied leaves nothing', async () => {
    const shard = path.dirname(fileOf(hashOf('photograph')));
    await mkdir(path.dirname(shard), { recursive: true });
    await mkdir(fileOf(hashOf('photograph')), { recursive: true });
    await expect(at.pictures.putFile(await fileWith('photograph'))).rejects.toMatchObject({
      code: 'not-writable',
    });
    expect(await files()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe.skipIf(process.platform === 'win32')('a folder without permission to write', () => {
  beforeEach(async () => {
    await chmod(at.folder, 0o755);
    await put('photograph');
    for (const closed of [at.root, path.dirname(fileOf(hashOf('photograph')))]) await chmod(closed, 0o555);
  });
  afterEach(async () => {
    for (const closed of [at.root, path.dirname(fileOf(hashOf('photograph')))]) await chmod(closed, 0o755);
  });

  it('is named as the reason for not keeping, removing or cleaning, without a path', async () => {
    const refusal = { code: 'not-writable', message: expect.not.stringContaining(at.folder) };
    const everything = { retentionMs: 0, maxBytes: 0, keep: () => false, now: Date.now() + 1e9 };
    await withoutPrivileges(async () => {
      await expect(put('painting')).rejects.toMatchObject(refusal);
      await expect(at.pictures.remove(hashOf('photograph'))).rejects.toMatchObject(refusal);
      await expect(at.pictures.clean(everything)).rejects.toMatchObject(refusal);
    });
  });

  it('can be read from all the same', async () => {
    await withoutPrivileges(async () => expect(await text(hashOf('photograph'))).toBe('photograph'));
  });

  it('says of a file that it may not read that it cannot be read', async () => {
    await chmod(fileOf(hashOf('photograph')), 0);
    await withoutPrivileges(() =>
      expect(at.pictures.get(hashOf('photograph'))).rejects.toMatchObject({ code: 'not-readable' }),
    );
  });
});
