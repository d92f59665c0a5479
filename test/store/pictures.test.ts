import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPictureFolder } from '../../src/store/pictures.ts';
import { hashOf } from './contract/records.ts';
import { usePictures } from './pictures-at-hand.ts';

const run = promisify(execFile);

const at = usePictures();
const { put, text, files, fileOf, setUsed, lastUse } = at;

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
  it('is kept under the SHA-256 of its bytes and read back as it was', async () => {
    const bytes = randomBytes(100_000);
    const hash = await at.pictures.put(bytes);
    expect(await put('photograph')).toBe(hashOf('photograph'));
    expect(Buffer.from(await at.pictures.get(hash)).equals(bytes)).toBe(true);
    expect(await openPictureFolder(at.root).has(hash)).toBe(true);
  });

  it('lies in a folder named by its first two digits, with nothing beside it', async () => {
    const hash = await put('photograph');
    expect(await files()).toEqual([path.join(hash.slice(0, 2), hash)]);
  });

  it('is kept once, however often and by however many at once', async () => {
    const hashes = await Promise.all(
      Array.from({ length: 20 }, () => openPictureFolder(at.root).put(Buffer.from('photograph'))),
    );
    expect(new Set(hashes)).toEqual(new Set([hashOf('photograph')]));
    expect(await files()).toHaveLength(1);
    expect(await text(hashOf('photograph'))).toBe('photograph');
  });

  it.each<[string, (hash: string) => Promise<unknown>]>([
    ['read', (hash) => at.pictures.get(hash)],
    ['kept again', () => put('photograph')],
  ])('is marked as used when it is %s', async (_, use) => {
    const hash = await put('photograph');
    await setUsed(fileOf(hash), 1_000_000);
    await use(hash);
    expect(await lastUse(hash)).toBeGreaterThan(1_000_000);
  });

  it('is not marked as used when somebody only asks whether it is there', async () => {
    const hash = await put('photograph');
    await setUsed(fileOf(hash), 1_000_000);
    await at.pictures.has(hash);
    expect(await lastUse(hash)).toBe(1_000_000);
  });

  it('is gone once it has been removed, which does no harm twice', async () => {
    const hash = await put('photograph');
    await at.pictures.remove(hash);
    await at.pictures.remove(hash);
    expect(await at.pictures.has(hash)).toBe(false);
    await expect(at.pictures.get(hash)).rejects.toMatchObject({ name: 'ImpastoError', code: 'picture-gone' });
  });

  it('is gone in a folder that nobody has made', async () => {
    expect(await at.pictures.has(hashOf('photograph'))).toBe(false);
    await expect(at.pictures.get(hashOf('photograph'))).rejects.toMatchObject({ code: 'picture-gone' });
    const everything = { retentionMs: 0, maxBytes: 0, keep: () => false };
    expect(await at.pictures.clean(everything)).toEqual({ removed: [], bytes: 0 });
  });

  it.each([
    ['a way out of the folder', '../secret'],
    ['a way out behind digits', `aa/../../../secret`],
    ['an absolute path', '/etc/passwd'],
    ['nothing', ''],
    ['a hash that is too short', hashOf('photograph').slice(1)],
    ['a hash with a line end', `${hashOf('photograph')}\n`],
    ['a hash in capitals', hashOf('photograph').toUpperCase()],
  ])('has no name like %s', async (_, name) => {
    await put('photograph');
    await writeFile(path.join(at.folder, 'data', 'secret'), 'secret');
    await writeFile(path.join(at.folder, 'secret'), 'secret');
    await expect(at.pictures.get(name)).rejects.toMatchObject({ code: 'picture-gone' });
    expect(await at.pictures.has(name)).toBe(false);
    await at.pictures.remove(name);
    expect(await readFile(path.join(at.folder, 'data', 'secret'), 'utf8')).toBe('secret');
    expect(await readFile(path.join(at.folder, 'secret'), 'utf8')).toBe('secret');
    expect(await text(hashOf('photograph'))).toBe('photograph');
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

const inNamespace = ['--user', '--map-root-user', '--mount'];
const mountable = await run('unshare', [...inNamespace, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).then(
  () => true,
  () => false,
);

describe.skipIf(!mountable)('on a full disk (skipped where user namespaces may not mount one)', () => {
  it('a picture is refused as a whole, those kept before stay', async () => {
    const script = `
      const { openPictureFolder } = await import(process.env.PICTURES_MODULE);
      const { readdirSync } = await import('node:fs');
      const pictures = openPictureFolder('pictures');
      const hash = await pictures.put(Buffer.from('small'));
      const refusal = await pictures.put(Buffer.alloc(1e6)).catch(({ code, cause }) => [code, cause.code]);
      const left = readdirSync('pictures', { recursive: true, withFileTypes: true });
      const files = left.filter((entry) => entry.isFile()).map(({ name }) => name);
      console.log(JSON.stringify({ refusal, kept: files.length === 1 && files[0] === hash }));
    `;
    const shell =
      'mount -t tmpfs -o size=64k tmpfs "$DISK" && cd "$DISK" && ' +
      'exec "$NODE" --import "$TSX" --input-type=module --eval "$SCRIPT"';
    const env = {
      ...process.env,
      DISK: at.folder,
      NODE: process.execPath,
      TSX: import.meta.resolve('tsx'),
      PICTURES_MODULE: new URL('../../src/store/pictures.ts', import.meta.url).href,
      SCRIPT: script,
    };
    const { stdout } = await run('unshare', [...inNamespace, 'sh', '-c', shell], { env });
    expect(JSON.parse(stdout)).toEqual({ refusal: ['disk-full', 'ENOSPC'], kept: true });
  });
});
