import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ImpastoError } from '../nst/errors.ts';

const TEMPORARY = /^\.impasto-[0-9a-f-]{36}$/;

/** A name for a file that is about to get its real one. */
export function temporaryIn(folder: string): string {
  return path.join(folder, `.impasto-${randomUUID()}`);
}

export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/**
 * Writes a file whole or not at all, in a folder that is made where there is none; returns once it would outlive a
 * power failure.
 *
 * @param file - an absolute path.
 */
export async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const folder = path.dirname(file);
  await makeFolder(folder);
  const partial = temporaryIn(folder);
  try {
    const handle = await open(partial, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** An error of the file system while a picture was kept or removed; its words name no path: they go into chats. */
export function writeError(cause: unknown): ImpastoError {
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(systemCode(cause) ?? '')) {
    return new ImpastoError('disk-full', 'There is no room left to keep pictures.', {
      advice: 'Whoever runs this bot has to free some space.',
      cause,
    });
  }
  return new ImpastoError('not-writable', 'The folder of pictures cannot be written to.', {
    advice: 'Whoever runs this bot has to check its permissions; the log has the cause.',
    cause,
  });
}

export function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

async function makeFolder(folder: string): Promise<void> {
  const topmost = await mkdir(folder, { recursive: true });
  if (topmost === undefined) return;
  // A folder's name is kept by the folder above it.
  for (let made = folder; made.length >= topmost.length; made = path.dirname(made)) {
    await syncFolder(path.dirname(made));
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; its file system keeps names in a journal.
  if (process.platform === 'win32') return;
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
