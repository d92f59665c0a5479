import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const IN_NAMESPACE = ['--user', '--map-root-user', '--mount'];

/** Why there can be no disk of a test's own; false when there can. */
export const noSmallDisk = await run('unshare', [
  ...IN_NAMESPACE,
  'mount',
  '-t',
  'tmpfs',
  'tmpfs',
  '/mnt',
]).then(
  () => false,
  () => 'user namespaces may not mount a disk here',
);

/**
 * Runs a program on a disk of its own, which is its working folder.
 *
 * @param size - such as `64k`.
 * @param program - an ES module, whose `load(name)` imports a module by its path in the repository.
 * @returns what it prints, as JSON.
 */
export async function onSmallDisk(
  size: string,
  program: string,
  env: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const folder = await mkdtemp(path.join(tmpdir(), 'impasto-disk-'));
  try {
    const shell =
      'mount -t tmpfs -o size="$SIZE" tmpfs "$DISK" && cd "$DISK" && ' +
      'exec "$NODE" --import "$TSX" --input-type=module --eval "$PROGRAM"';
    const { stdout } = await run('unshare', [...IN_NAMESPACE, 'sh', '-c', shell], {
      env: {
        ...process.env,
        ...env,
        SIZE: size,
        DISK: folder,
        NODE: process.execPath,
        TSX: import.meta.resolve('tsx'),
        ROOT: new URL('../../', import.meta.url).href,
        PROGRAM: `const load = (name) => import(process.env.ROOT + name);\n${program}`,
      },
    });
    return JSON.parse(stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
