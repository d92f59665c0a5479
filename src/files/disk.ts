import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ImpastoError } from '../nst/errors.ts';

/** What files that are being written are called until they get their names. */
const TEMPORARY = /^\.impasto-[0-9a-f-]{36}$/;

/** A name for a file that is about to get its real one. */
export function temporaryIn(folder: string): string {
  return path.join(folder, `.impasto-${randomUUID()}`);
}

/** Whether a file's name is one that {@link temporaryIn} gives. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/**
 * Writes a file whole or not at all: into a temporary file beside it, which takes its name when it is on disk.
 *
 * @param bytes - all of them, or parts that follow each other.
 * @param partial - the temporary file.
 * @throws an error of the file system; nothing is left behind.
 */
export async function replaceFile(
  file: string,
  bytes: Uint8Array | readonly Uint8Array[],
  partial = temporaryIn(path.dirname(file)),
): Promise<void> {
  try {
    const handle = await open(partial, 'wx');
    try {
      for (const part of bytes instanceof Uint8Array ? [bytes] : bytes) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** The system's name for an error, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** Stands in for what is not there, or what another process has removed meanwhile. */
export function orNone<None>(none: None): (error: unknown) => None {
  return (error) => {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return none;
    throw error;
  };
}

/** Whether a write failed for want of room. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(systemCode(error) ?? '');
}

/**
 * Why what the bot keeps could not be written or removed; its words name no path: they go into chats.
 *
 * @param what - such as `pictures`.
 */
export function writeError(what: string, cause: unknown): ImpastoError {
  if (isDiskFull(cause)) return noRoom(what, cause);
  return new ImpastoError('not-writable', `The folder of ${what} cannot be written to.`, {
    advice: 'Whoever runs this bot has to check its permissions; the log has the cause.',
    cause,
  });
}

/** The place where something is kept is full, whatever kind of place it is. */
export function noRoom(what: string, cause: unknown): ImpastoError {
  return new ImpastoError('disk-full', `There is no room left to keep ${what}.`, {
    advice: 'Whoever runs this bot has to free some space.',
    cause,
  });
}
