import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { PictureHash } from '../core/pictures.ts';
import { isTemporary, orNone, temporaryIn, writeError } from '../files/disk.ts';

/** A temporary file older than this belongs to no write that still goes on, in milliseconds. */
const STALE_MS = 86_400_000;

/**
 * A picture is kept this long after it was kept or marked as used, however full the place is, in milliseconds: it may
 * belong to a request whose job is about to be put on record. As long as the pictures of a request may take to arrive.
 */
export const GRACE_MS = 120_000;

export interface CleanOptions {
  /** Pictures unused for longer are removed, in milliseconds; at least 0. */
  readonly retentionMs: number;
  /** The least recently used pictures are removed until no more bytes are left than these. */
  readonly maxBytes: number;
  /** Pictures to keep whatever their age; they count towards maxBytes. Asked just before a removal. */
  readonly keep: (hash: PictureHash) => boolean | Promise<boolean>;
  /** Makes a removal, which asks `keep` first: whatever must not come between the two waits here. At once by default. */
  readonly remove?: (hash: PictureHash, removal: () => Promise<Removal>) => Promise<Removal>;
  /** Milliseconds since 1970; the clock's time by default. */
  readonly now?: number;
}

/** What has been removed, and how many bytes it had. */
export interface Cleaned {
  readonly removed: readonly PictureHash[];
  readonly bytes: number;
  /** How many bytes the pictures have that are left. */
  readonly left: number;
}

/** What came of removing a picture: somebody may have used it meanwhile, or it may not have been there. */
export type Removal = 'removed' | 'used' | 'missing';

/** A picture as cleaning sees it. */
export interface Used {
  readonly name: PictureHash;
  readonly bytes: number;
  /** When it was last marked as used, in milliseconds since 1970. */
  readonly usedAt: number;
}

interface Entry extends Used {
  readonly file: string;
}

export async function cleanFolder(root: string, options: CleanOptions): Promise<Cleaned> {
  const entries = await onDisk(() => list(root));
  const pictures = entries.filter(({ name }) => !isTemporary(name));
  const cleaned = await removeUnused(pictures, options, ({ file, usedAt }) => removeIdle(file, usedAt));
  const { now = Date.now() } = options;
  const stale = entries.filter(({ name, usedAt }) => isTemporary(name) && now - usedAt > STALE_MS);
  for (const { file } of stale) await onDisk(() => rm(file, { force: true }));
  return cleaned;
}

/**
 * Removes pictures that have been unused for too long, then the least recently used ones while there are too many.
 *
 * @param removeIdle - removes one, unless it has been used since.
 * @param vagueMs - a picture may have been used for so long after its mark without a new one, in milliseconds.
 */
export async function removeUnused<Picture extends Used>(
  pictures: Picture[],
  { retentionMs, maxBytes, keep, remove = (_, removal) => removal(), now = Date.now() }: CleanOptions,
  removeIdle: (picture: Picture) => Promise<Removal>,
  vagueMs = 0,
): Promise<Cleaned> {
  pictures.sort((a, b) => a.usedAt - b.usedAt);
  const removed: PictureHash[] = [];
  let bytes = 0;
  let left = pictures.reduce((sum, picture) => sum + picture.bytes, 0);
  for (const picture of pictures) {
    const unused = now - picture.usedAt;
    if (unused - vagueMs <= retentionMs && (left <= maxBytes || unused <= GRACE_MS)) break;
    const removal = await remove(picture.name, async () =>
      (await keep(picture.name)) ? 'used' : removeIdle(picture),
    );
    if (removal === 'used') continue;
    left -= picture.bytes;
    if (removal === 'missing') continue;
    removed.push(picture.name);
    bytes += picture.bytes;
  }
  return { removed, bytes, left };
}

/** Pictures and temporary files; whatever else lies in the folder is nobody's to remove. */
async function list(root: string): Promise<Entry[]> {
  const shards = await readdir(root).catch(orNone([]));
  const entries: Entry[] = [];
  for (const shard of shards.filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    const names = await readdir(path.join(root, shard)).catch(orNone([]));
    const ours = names.filter((name) => isTemporary(name) || isPictureOf(shard, name));
    const found = await Promise.all(ours.map((name) => entryOf(path.join(root, shard, name), name)));
    entries.push(...found.filter((entry) => entry !== undefined));
  }
  return entries;
}

function isPictureOf(shard: string, name: string): boolean {
  return name.startsWith(shard) && /^[0-9a-f]{64}$/.test(name);
}

async function entryOf(file: string, name: string): Promise<Entry | undefined> {
  const found = await stat(file).catch(orNone(undefined));
  return found?.isFile() ? { file, name, bytes: found.size, usedAt: found.mtimeMs } : undefined;
}

/**
 * Removes a picture unless it has been used after a time, in milliseconds since 1970. It loses its name first: from then
 * on whoever keeps the same picture writes it anew, and whoever has marked it before is seen.
 *
 * @throws ImpastoError `not-writable`
 */
export function removeIdle(file: string, since: number): Promise<Removal> {
  return onDisk(async () => {
    const before = await stat(file).catch(orNone(undefined));
    if (!before) return 'missing';
    if (before.mtimeMs > since) return 'used';
    const doomed = temporaryIn(path.dirname(file));
    const found = await rename(file, doomed)
      .then(() => stat(doomed))
      .catch(orNone(undefined));
    if (!found) return 'missing';
    if (found.mtimeMs > since) {
      await rename(doomed, file);
      return 'used';
    }
    await rm(doomed, { force: true });
    return 'removed';
  });
}

async function onDisk<Result>(work: () => Promise<Result>): Promise<Result> {
  return work().catch((cause) => {
    throw writeError('pictures', cause);
  });
}
