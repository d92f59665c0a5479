import { createHash } from 'node:crypto';
import { open, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../disk.ts';
import { ImpastoError } from '../nst/errors.ts';
import type { PictureHash, Pictures } from '../queue/task.ts';
import { type Cleaned, type CleanOptions, cleanFolder } from './clean.ts';
import { writeDurably, writeError } from './disk.ts';

/**
 * Where pictures are kept, for several processes at once. A hash that is not 64 lower-case hexadecimal digits is that of a
 * picture that is gone.
 */
export interface PictureStore extends Pictures {
  /**
   * Reads a picture and marks it as used.
   *
   * @throws ImpastoError `picture-gone`, `not-readable`
   */
  get(hash: PictureHash): Promise<Uint8Array>;
  /**
   * Keeps a picture; one that is kept already is marked as used. Returns once it is on disk.
   *
   * @throws ImpastoError `disk-full`, `not-writable`
   */
  put(bytes: Uint8Array): Promise<PictureHash>;
  /** @throws ImpastoError `not-readable` when nobody can tell. */
  has(hash: PictureHash): Promise<boolean>;
  /**
   * Removes a picture if it is there.
   *
   * @throws ImpastoError `not-writable`
   */
  remove(hash: PictureHash): Promise<void>;
  /**
   * Removes pictures that have been unused for too long, then the least recently used ones while there are too many,
   * and what interrupted writes have left.
   *
   * @throws ImpastoError `not-writable`, and whatever `keep` throws
   */
  clean(options: CleanOptions): Promise<Cleaned>;
}

/**
 * Opens a folder of pictures, which is made with the first picture. Each lies in `ab/abcdef…`, named by its hash; its last
 * modification is its last use.
 */
export function openPictureFolder(folder: string): PictureStore {
  const root = path.resolve(folder);
  return {
    get: (hash) => read(fileOf(root, hash)),
    async put(bytes) {
      const hash = createHash('sha256').update(bytes).digest('hex');
      const file = path.join(root, hash.slice(0, 2), hash);
      try {
        if (!(await markUsed(file))) await writeDurably(file, bytes);
      } catch (cause) {
        throw writeError(cause);
      }
      return hash;
    },
    async has(hash) {
      const file = fileOf(root, hash);
      if (file === undefined) return false;
      return stat(file).then(
        (found) => found.isFile(),
        () => false,
      );
    },
    async remove(hash) {
      const file = fileOf(root, hash);
      if (file === undefined) return;
      await rm(file, { force: true }).catch((cause) => {
        throw writeError(cause);
      });
    },
    clean: (options) => cleanFolder(root, options),
  };
}

/** Where a picture lies; undefined for anything but a hash, so that no path is ever made of it. */
function fileOf(root: string, hash: PictureHash): string | undefined {
  return isPictureHash(hash) ? path.join(root, hash.slice(0, 2), hash) : undefined;
}

async function read(file: string | undefined): Promise<Uint8Array> {
  if (file === undefined) throw pictureGone();
  try {
    const handle = await open(file);
    try {
      const now = new Date();
      // A picture that can be read but not marked, as on a disk that is only read, is good all the same.
      await handle.utimes(now, now).catch(() => undefined);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') throw pictureGone(cause);
    throw notReadable(cause);
  }
}

/** False when it is not there to be marked. */
async function markUsed(file: string): Promise<boolean> {
  const now = new Date();
  return utimes(file, now, now).then(
    () => true,
    () => false,
  );
}

export function isPictureHash(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

export function notReadable(cause: unknown): ImpastoError {
  return new ImpastoError('not-readable', 'The picture cannot be read.', {
    advice: 'Whoever runs this bot finds the cause in its log.',
    cause,
  });
}

export function pictureGone(cause?: unknown): ImpastoError {
  return new ImpastoError('picture-gone', 'The picture is no longer kept.', {
    advice: 'Send it again.',
    cause,
  });
}
