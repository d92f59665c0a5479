import { randomBytes } from 'node:crypto';
import { lutimes, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { WeightFile } from './manifest.ts';
import { readVerified } from './verify.ts';

/*
 * A file's bytes gather beside it until they are complete and verified: in `<file>.<host>-<pid>-<random>.partial`
 * while a process works on them, in `<file>.partial` once it has let go. Taking a partial over is one rename, so
 * two processes never take the same one; whoever comes second starts afresh.
 */

/**
 * A partial that nobody has written to for this long (milliseconds) is an orphan, whoever owned it: a container
 * that restarts gets the same host name and process id again, and other hosts' processes cannot be asked. A
 * download that is alive writes, or gives up, much sooner.
 */
const orphanedAfterMs = 600_000;

/** A name for a partial that belongs to this process, and to one piece of work in it, alone. */
function ownPartial(target: string): string {
  return `${target}.${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}.partial`;
}

/**
 * Takes over the longest orphaned partial of a file, if there is one, and removes the others.
 *
 * @returns the path that now belongs to this process; the file need not exist yet
 */
export async function claimPartial(target: string): Promise<string> {
  const own = ownPartial(target);
  let claimed = false;
  for (const orphan of await orphans(target)) {
    if (claimed) await rm(orphan, { force: true });
    else claimed = await take(orphan, own);
  }
  return own;
}

/** Leaves a partial to whoever comes next; an empty one is removed. */
export async function releasePartial(own: string, target: string): Promise<void> {
  const size = await stat(own).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size > 0) await rename(own, `${target}.partial`);
  else await rm(own, { force: true });
}

/** Gives a complete and verified partial its final name, replacing a damaged file. */
export async function settlePartial(own: string, target: string, file: WeightFile): Promise<void> {
  try {
    await rename(own, target);
  } catch (error) {
    // Windows refuses to replace a file that is being read; if another process put it there, all is well.
    if ((await readVerified(target, file)).state !== 'present') throw error;
    await rm(own, { force: true });
  }
}

/** Writes a file whose verified bytes are at hand; it appears complete or not at all. */
export async function placeBytes(bytes: Uint8Array, target: string, file: WeightFile): Promise<void> {
  const own = ownPartial(target);
  try {
    const handle = await open(own, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await settlePartial(own, target, file);
  } finally {
    await rm(own, { force: true });
  }
}

async function take(orphan: string, own: string): Promise<boolean> {
  try {
    await rename(orphan, own);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  const now = new Date();
  await lutimes(own, now, now);
  return true;
}

async function orphans(target: string): Promise<string[]> {
  const folder = dirname(target);
  const prefix = `${basename(target)}.`;
  const found: { path: string; size: number }[] = [];
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith('partial')) continue;
    const path = join(folder, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) continue;
    const owner = /^(.*)-(\d+)-[0-9a-f]{8}\.partial$/.exec(name.slice(prefix.length));
    const idle = Date.now() - stats.mtimeMs > orphanedAfterMs;
    if (owner === null || idle || (owner[1] === hostname() && !isRunning(Number(owner[2]))))
      found.push({ path, size: stats.size });
  }
  return found.sort((a, b) => b.size - a.size).map(({ path }) => path);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
