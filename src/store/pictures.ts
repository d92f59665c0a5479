import { constants } from 'node:fs';
import { open, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { PictureHash, Pictures } from '../core/pictures.ts';
import { systemCode, writeError } from '../files/disk.ts';
import { ImpastoError } from '../nst/errors.ts';
import { pictureDamaged } from '../nst/image/packed-raster.ts';
import { type Cleaned, type CleanOptions, cleanFolder, type Removal, removeIdle } from './clean.ts';
import { moveDurably, writeDurably } from './disk.ts';
import { hashFile, hashOf, readVerified } from './hash.ts';

/** A file larger than this is no picture of ours, in bytes: reading one takes as much memory. */
export const MAX_PICTURE_BYTES = 300_000_000;

/**
 * Where pictures are kept, for several processes at once; others may write there, too: what is read is what was kept, or it
 * is refused. A hash that is not 64 lower-case hexadecimal digits is that of a picture that is gone.
 */
export interface PictureStore extends Pictures {
  /**
   * Reads a picture and marks it as used.
   *
   * @throws ImpastoError `picture-gone`, `picture-damaged` when the bytes are not those that were kept, `not-readable`
   */
  get(hash: PictureHash): Promise<Uint8Array>;
  /**
   * Keeps a picture; one that is kept already is marked as used. Returns once it is on disk.
   *
   * @throws ImpastoError `disk-full`, `not-writable`
   */
  put(bytes: Uint8Array): Promise<PictureHash>;
  /**
   * Keeps a picture that lies in a file, without having it in memory; one that is kept already is marked as used. Returns
   * once it is on disk. The file is gone afterwards, whatever came of it.
   *
   * @param file - one that nobody else uses, best on the same file system: then it is moved.
   * @param known - what examineFile() has found, where it has been asked.
   * @throws ImpastoError `picture-too-large` beyond {@link MAX_PICTURE_BYTES}, `not-readable`, `disk-full`, `not-writable`;
   *   nothing is left behind
   */
  putFile(file: string, known?: ExaminedFile): Promise<PictureHash>;
  /** @throws ImpastoError `not-readable` when nobody can tell. */
  has(hash: PictureHash): Promise<boolean>;
  /**
   * How many bytes a picture has; undefined when it is not there.
   *
   * @throws ImpastoError `not-readable` when nobody can tell.
   */
  size(hash: PictureHash): Promise<number | undefined>;
  /**
   * Removes a picture if it is there.
   *
   * @throws ImpastoError `not-writable`
   */
  remove(hash: PictureHash): Promise<void>;
  /**
   * Removes a picture unless it has been kept, or marked as used, after a time in milliseconds since 1970.
   *
   * @throws ImpastoError `not-writable`
   */
  removeIdle(hash: PictureHash, since: number): Promise<Removal>;
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
  const size = async (hash: PictureHash) => {
    const file = fileOf(root, hash);
    return file === undefined ? undefined : sizeOf(file);
  };
  return {
    async get(hash) {
      const file = fileOf(root, hash);
      if (file === undefined) throw pictureGone();
      return read(file, hash);
    },
    async put(bytes) {
      const hash = await hashOf(bytes);
      const file = pathOf(root, hash);
      try {
        if (!(await isWhole(file, hash)) || !(await markUsed(file))) await writeDurably(file, bytes);
      } catch (cause) {
        throw writeError('pictures', cause);
      }
      return hash;
    },
    putFile: (file, known) =>
      takeFile(file, known, ({ hash }) =>
        moveDurably(file, pathOf(root, hash)).catch((cause) => {
          throw writeError('pictures', cause);
        }),
      ),
    has: async (hash) => (await size(hash)) !== undefined,
    size,
    async remove(hash) {
      const file = fileOf(root, hash);
      if (file === undefined) return;
      await rm(file, { force: true }).catch((cause) => {
        throw writeError('pictures', cause);
      });
    },
    async removeIdle(hash, since) {
      const file = fileOf(root, hash);
      return file === undefined ? 'missing' : removeIdle(file, since);
    },
    clean: (options) => cleanFolder(root, options),
  };
}

/** A file that may be kept as a picture: its name as one, and its size. */
export interface ExaminedFile {
  readonly hash: PictureHash;
  readonly bytes: number;
}

/**
 * Looks at a file, without having it in memory.
 *
 * @throws ImpastoError `picture-too-large` beyond {@link MAX_PICTURE_BYTES}, `not-readable`
 */
export async function examineFile(file: string): Promise<ExaminedFile> {
  const { size } = await stat(file).catch(unreadable);
  if (size > MAX_PICTURE_BYTES) {
    throw new ImpastoError('picture-too-large', 'The picture is too large to be kept.', {
      advice: 'Use a smaller one.',
    });
  }
  return { hash: await hashFile(file).catch(unreadable), bytes: size };
}

/**
 * What putFile() does in any place: examines the file, has it kept, and removes it.
 *
 * @throws ImpastoError what examineFile() and `keep` throw
 */
export async function takeFile(
  file: string,
  known: ExaminedFile | undefined,
  keep: (examined: ExaminedFile) => Promise<void>,
): Promise<PictureHash> {
  try {
    const examined = known ?? (await examineFile(file));
    await keep(examined);
    return examined.hash;
  } finally {
    await rm(file, { force: true });
  }
}

function pathOf(root: string, hash: PictureHash): string {
  return path.join(root, hash.slice(0, 2), hash);
}

/** Where a picture lies; undefined for anything but a hash, so that no path is ever made of it. */
function fileOf(root: string, hash: PictureHash): string | undefined {
  return isPictureHash(hash) ? pathOf(root, hash) : undefined;
}

/** Undefined where there is no such file, or none that can be looked at. */
async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
}

/** Others may have put a pipe there, whose opening would wait for a writer: it does not wait. */
const READ_AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Reads a picture's file, and marks it as used. */
async function read(file: string, hash: PictureHash): Promise<Buffer> {
  try {
    const handle = await open(file, READ_AT_ONCE);
    try {
      const found = await handle.stat();
      if (!found.isFile() || found.size > MAX_PICTURE_BYTES) throw pictureDamaged();
      const now = new Date();
      // A picture that can be read but not marked, as on a disk that is only read, is good all the same.
      await handle.utimes(now, now).catch(() => undefined);
      const bytes = await readVerified(handle, found.size, hash);
      if (!bytes) throw pictureDamaged();
      return bytes;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof ImpastoError) throw cause;
    if (systemCode(cause) === 'ENOENT') throw pictureGone(cause);
    return unreadable(cause);
  }
}

/** Whether a picture is there, with the bytes that it should have. */
function isWhole(file: string, hash: PictureHash): Promise<boolean> {
  return read(file, hash).then(
    () => true,
    () => false,
  );
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

export function unreadable(cause: unknown): never {
  throw new ImpastoError('not-readable', 'The picture cannot be read.', {
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
