import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { isDiskFull, replaceFile } from '../disk.ts';
import { ImpastoError } from '../nst/errors.ts';

/**
 * Writes a file whole or not at all, in a folder that is made where there is none; returns once it would outlive a
 * power failure.
 *
 * @param file - an absolute path.
 */
export async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const folder = path.dirname(file);
  await makeFolder(folder);
  await replaceFile(file, bytes);
  await syncFolder(folder);
}

/** An error of the file system while a picture was kept or removed; its words name no path: they go into chats. */
export function writeError(cause: unknown): ImpastoError {
  if (isDiskFull(cause)) {
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
