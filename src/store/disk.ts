import { constants } from 'node:fs';
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile, systemCode, temporaryIn } from '../files/disk.ts';

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

/**
 * Gives a file its name for good, whole or not at all, in a folder that is made where there is none; returns once it would
 * outlive a power failure. It is moved where it lies on the same file system, else copied by the system and left where it
 * is; its last modification becomes now.
 *
 * @param source - a file that nobody else uses.
 * @param file - an absolute path; what has this name is replaced.
 * @throws an error of the file system; nothing is left under or beside the new name.
 */
export async function moveDurably(source: string, file: string): Promise<void> {
  const folder = path.dirname(file);
  await makeFolder(folder);
  await finish(source);
  await rename(source, file).catch((error) => {
    if (systemCode(error) !== 'EXDEV') throw error;
    return copyWhole(source, file);
  });
  await syncFolder(folder);
}

async function copyWhole(source: string, file: string): Promise<void> {
  const partial = temporaryIn(path.dirname(file));
  try {
    await copyFile(source, partial, constants.COPYFILE_EXCL);
    await finish(partial);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Marks a file as modified now and sees to it that it is on disk. */
async function finish(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const now = new Date();
    await handle.utimes(now, now);
    await handle.sync();
  } finally {
    await handle.close();
  }
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
