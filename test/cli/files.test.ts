import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkWritable, readInput, writeAtomically } from '../../src/cli/files.ts';

const run = promisify(execFile);

let folder: string;
const at = (name: string) => path.join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'impasto-files-'));
  await writeFile(at('file'), 'before');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

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

describe('readInput', () => {
  it('reads a file of at most the size allowed', async () => {
    expect(Buffer.from(await readInput(at('file'), 6)).toString()).toBe('before');
    await expect(readInput(at('file'), 5)).rejects.toMatchObject({ code: 'picture-too-large' });
  });

  it.each<[string, () => string, string]>([
    ['a name that does not exist', () => at('nowhere'), 'missing-file'],
    ['a name below a file', () => at('file/nowhere'), 'missing-file'],
    ['a folder', () => folder, 'is-a-folder'],
  ])('refuses %s', async (_, name, code) => {
    await expect(readInput(name(), 100)).rejects.toMatchObject({ code, advice: expect.any(String) });
  });

  it.skipIf(!existsSync('/dev/null'))('refuses a device, which might never end', async () => {
    await expect(readInput('/dev/null', 100)).rejects.toMatchObject({ code: 'not-readable' });
  });

  it.skipIf(process.platform === 'win32')('refuses what it has no permission to read', async () => {
    await chmod(folder, 0o755);
    await chmod(at('file'), 0);
    await withoutPrivileges(() =>
      expect(readInput(at('file'), 100)).rejects.toMatchObject({ code: 'not-readable' }),
    );
  });
});

describe('checkWritable', () => {
  it.each(['file', 'new'])('accepts the name “%s” and leaves nothing behind', async (name) => {
    await checkWritable(at(name));
    expect(await readdir(folder)).toEqual(['file']);
    expect(await readFile(at('file'), 'utf8')).toBe('before');
  });

  it.each<[string, () => string, string]>([
    ['a folder', () => folder, 'is-a-folder'],
    ['a name in a folder that does not exist', () => at('nowhere/result'), 'missing-file'],
    ['a name below a file', () => at('file/result'), 'missing-file'],
  ])('refuses %s', async (_, name, code) => {
    await expect(checkWritable(name())).rejects.toMatchObject({ code, advice: expect.any(String) });
  });

  it.skipIf(!existsSync('/dev/null'))('refuses a device, which the result would replace', async () => {
    await expect(checkWritable('/dev/null')).rejects.toMatchObject({ code: 'not-writable' });
  });

  it.skipIf(process.platform === 'win32')('refuses a folder it has no permission to write to', async () => {
    await chmod(folder, 0o555);
    await withoutPrivileges(() =>
      expect(checkWritable(at('result'))).rejects.toMatchObject({ code: 'not-writable' }),
    );
    expect(await readdir(folder)).toEqual(['file']);
  });
});

describe('writeAtomically', () => {
  it.each(['file', 'new'])('writes “%s” and leaves nothing else behind', async (name) => {
    await writeAtomically(at(name), Buffer.from('after'));
    expect(await readFile(at(name), 'utf8')).toBe('after');
    expect(await readdir(folder)).toEqual([...new Set(['file', name])].sort());
  });

  it.skipIf(process.platform === 'win32')(
    'replaces the file that a link points to, not the link',
    async () => {
      await symlink('file', at('link'));
      await writeAtomically(at('link'), Buffer.from('after'));
      expect(await readFile(at('file'), 'utf8')).toBe('after');
      expect((await readdir(folder, { withFileTypes: true })).map((entry) => entry.isSymbolicLink())).toEqual(
        [false, true],
      );
    },
  );

  it('removes what it has written when it cannot finish', async () => {
    await mkdir(at('taken'));
    await writeFile(at('taken/inside'), '');
    await expect(writeAtomically(at('taken'), Buffer.from('after'))).rejects.toMatchObject({
      code: 'not-writable',
    });
    expect(await readdir(folder)).toEqual(['file', 'taken']);
  });
});

const inNamespace = ['--user', '--map-root-user', '--mount'];
const mountable = await run('unshare', [...inNamespace, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).then(
  () => true,
  () => false,
);

describe.skipIf(!mountable)('on a disk of its own (skipped where user namespaces may not mount one)', () => {
  const script = `
    const { checkWritable, writeAtomically } = await import(process.env.FILES_MODULE);
    const { readFileSync, readdirSync } = await import('node:fs');
    const code = await (process.env.CHECK ? checkWritable('result') : writeAtomically('result', Buffer.alloc(1e6)))
      .then(() => 'none', (error) => error.code + ' ' + error.cause.code);
    console.log(JSON.stringify({ code, left: readdirSync('.'), result: readFileSync('result', 'utf8') }));
  `;

  async function onDisk(mountOptions: string, remount: string, environment: NodeJS.ProcessEnv) {
    const shell =
      `mount -t tmpfs -o ${mountOptions} tmpfs "$DISK" && cd "$DISK" && printf before > result && ${remount} && ` +
      'exec "$NODE" --import "$TSX" --input-type=module --eval "$SCRIPT"';
    const env = {
      ...process.env,
      DISK: folder,
      NODE: process.execPath,
      TSX: import.meta.resolve('tsx'),
      FILES_MODULE: new URL('../../src/cli/files.ts', import.meta.url).href,
      SCRIPT: script,
      ...environment,
    };
    const { stdout } = await run('unshare', [...inNamespace, 'sh', '-c', shell], { env });
    return JSON.parse(stdout);
  }

  it('says that it is full and keeps the file that was there', async () => {
    expect(await onDisk('size=64k', 'true', {})).toEqual({
      code: 'disk-full ENOSPC',
      left: ['result'],
      result: 'before',
    });
  });

  it('says before the work that it can only be read', async () => {
    expect(await onDisk('size=64k', 'mount -o remount,ro "$DISK" && cd "$DISK"', { CHECK: '1' })).toEqual({
      code: 'not-writable EROFS',
      left: ['result'],
      result: 'before',
    });
  });
});
