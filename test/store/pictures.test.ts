import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
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
    lastUse: async (hash) => (await stat(fileOf(hash))).mtimeMs,
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
    expect(await at.pictures.clean(everything)).toEqual({ removed: [], bytes: 0 });
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
