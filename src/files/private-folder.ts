import { chmod, mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import { orNone } from './disk.ts';

/** What Impasto keeps in a folder that it is given, or in the studio's; a database has files beside it. */
const OURS =
  /^((impasto|studio)\.db.*|pictures|checkpoints|thumbnails|studio|uploads|secret|cache|\.impasto-.*)$/;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** The umask of processes that keep what people send: what they make is their user's alone. */
export const PRIVATE_UMASK = 0o077;

/**
 * Makes a folder, and what Impasto keeps in it, its user's alone: folders 0700, files 0600, also where others could read
 * them until now. What is not Impasto's is left as it is, and then so is the folder's own mode. What cannot be done is
 * logged: a folder that several machines share may be another user's.
 */
export async function makePrivate(folder: string, log: Pick<Logger, 'warn'>): Promise<void> {
  // Windows has no such modes; its users' folders are private.
  if (process.platform === 'win32') return;
  try {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    const names = await readdir(folder);
    const ours = names.filter((name) => OURS.test(name));
    for (const name of ours) await close(path.join(folder, name));
    if (ours.length === names.length && (await isOpen(folder))) await chmod(folder, FOLDER_MODE);
  } catch (err) {
    log.warn({ err, folder }, 'others on this machine may be able to read what is kept in this folder');
  }
}

/** A folder that is private already keeps others from what is in it: it is not looked into. */
async function close(file: string): Promise<void> {
  const entries = await readdir(file, { withFileTypes: true }).catch(orNone(undefined));
  if (!(await isOpen(file).catch(orNone(false)))) return;
  if (entries === undefined) return chmod(file, FILE_MODE).catch(orNone(undefined));
  for (const entry of entries) {
    // The mode of a link is that of what it leads to.
    if (!entry.isSymbolicLink()) await close(path.join(file, entry.name));
  }
  // The last: a run that is broken off begins anew.
  await chmod(file, FOLDER_MODE);
}

async function isOpen(file: string): Promise<boolean> {
  return ((await stat(file)).mode & 0o077) !== 0;
}
