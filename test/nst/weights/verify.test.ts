import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { matches, readVerified } from '../../../src/nst/weights/verify.ts';

const hello = Buffer.from('hello\n');
// What `git hash-object` and `sha256sum` print for these six bytes.
const gitBlobSha1 = 'ce013625030ba8dba906f756967f9e9ca394464a';
const sha256 = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03';
const file = { file: 'hello', bytes: 6, gitBlobSha1 };

describe('matches', () => {
  it("knows a file by git's SHA-1", () => {
    expect(matches(hello, file)).toBe(true);
    expect(matches(Buffer.from('hellO\n'), file)).toBe(false);
  });

  it('trusts SHA-256 alone where it is known', () => {
    expect(matches(hello, { ...file, gitBlobSha1: 'unused', sha256 })).toBe(true);
    expect(matches(hello, { ...file, sha256: sha256.replace('5', '6') })).toBe(false);
  });

  it('refuses another size', () => {
    expect(matches(hello, { ...file, bytes: 7 })).toBe(false);
  });
});

describe('readVerified', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'impasto-verify-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('returns the bytes of a good file', async () => {
    await writeFile(join(folder, 'hello'), hello);
    expect(await readVerified(join(folder, 'hello'), file)).toEqual({ state: 'present', bytes: hello });
  });

  it('finds a file corrupt when its bytes, its size or its kind is wrong', async () => {
    await writeFile(join(folder, 'bytes'), 'hellO\n');
    await writeFile(join(folder, 'size'), 'hello');
    for (const path of [join(folder, 'bytes'), join(folder, 'size'), folder])
      expect(await readVerified(path, file)).toEqual({ state: 'corrupt' });
  });

  it('finds a file missing when its folder is missing or is itself a file', async () => {
    await writeFile(join(folder, 'hello'), hello);
    for (const path of [join(folder, 'none', 'hello'), join(folder, 'hello', 'hello')])
      expect(await readVerified(path, file)).toEqual({ state: 'missing' });
  });

  it.skipIf(process.platform === 'win32')('reports a file that cannot be read', async () => {
    await symlink('loop', join(folder, 'loop'));
    await expect(readVerified(join(folder, 'loop'), file)).rejects.toMatchObject({
      code: 'not-readable',
      cause: { code: 'ELOOP' },
    });
  });
});
