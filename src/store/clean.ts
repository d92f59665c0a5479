import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isTemporary, orNone, temporaryIn } from '../disk.ts';
import type { PictureHash } from '../queue/task.ts';
import { writeError } from './disk.ts';

/** A temporary file older than this belongs to no write that still goes on, in milliseconds. */
const STALE_MS = 86_400_000;

/**
 * A picture is kept this long after its last use however full the folder is, in milliseconds: it may belong to a
 * request whose job is not on record yet.
 */
export const GRACE_MS = 600_000;

export interface CleanOptions {
  /** Pictures unused for longer are removed, in milliseconds; at least 0. */
  readonly retentionMs: number;
  /** The least recently used pictures are removed until no more bytes are left than these. */
  readonly maxBytes: number;
  /** Pictures to keep whatever their age; they count towards maxBytes. Asked just before a removal. */
  readonly keep: (hash: PictureHash) => boolean | Promise<boolean>;
  /** Milliseconds since 1970; the clock's time by default. */
  readonly now?: number;
}

/** What has been removed, and how many bytes it had. */
export interface Cleaned {
  readonly removed: readonly PictureHash[];
  readonly bytes: number;
}

/** A picture as cleaning sees it. */
export interface Used {
  readonly name: PictureHash;
  readonly bytes: number;
  /** The latest time at which it may have been used last, in milliseconds since 1970. */
  readonly usedAt: number;
}

interface Entry extends Used {
  readonly file: string;
}

export async function cleanFolder(root: string, options: CleanOptions): Promise<Cleaned> {
  const entries = await onDisk(() => list(root));
  const pictures = entries.filter(({ name }) => !isTemporary(name));
  const cleaned = await removeUnused(pictures, options, (picture) => onDisk(() => removeIdle(picture)));
  const { now = Date.now() } = options;
  const stale = entries.filter(({ name, usedAt }) => isTemporary(name) && now - usedAt > STALE_MS);
  for (const { file } of stale) await onDisk(() => rm(file, { force: true }));
  return cleaned;
}

/**
 * Removes pictures that have been unused for too long, then the least recently used ones while there are too many.
 *
 * @param removeIdle - removes one, unless it has been used since; tells whether it did.
 */
export async function removeUnused<Picture extends Used>(
  pictures: Picture[],
  { retentionMs, maxBytes, keep, now = Date.now() }: CleanOptions,
  removeIdle: (picture: Picture) => Promise<boolean>,
): Promise<Cleaned> {
  pictures.sort((a, b) => a.usedAt - b.usedAt);
  const removed: PictureHash[] = [];
  let bytes = 0;
  let left = pictures.reduce((sum, picture) => sum + picture.bytes, 0);
  for (const picture of pictures) {
    const unused = now - picture.usedAt;
    if (unused <= retentionMs && (left <= maxBytes || unused <= GRACE_MS)) break;
    if (await keep(picture.name)) continue;
    if (!(await removeIdle(picture))) continue;
    removed.push(picture.name);
    bytes += picture.bytes;
    left -= picture.bytes;
  }
  return { removed, bytes };
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
 * Removes a picture unless it has been used since it was looked at; false when it has been, or is gone. It loses its
 * name first: from then on whoever keeps the same picture writes it anew, and whoever has marked it before is seen.
 */
async function removeIdle({ file, usedAt }: Entry): Promise<boolean> {
  const doomed = temporaryIn(path.dirname(file));
  const found = await rename(file, doomed)
    .then(() => stat(doomed))
    .catch(orNone(undefined));
  if (!found) return false;
  if (found.mtimeMs !== usedAt) {
    await rename(doomed, file);
    return false;
  }
  await rm(doomed, { force: true });
  return true;
}

async function onDisk<Result>(work: () => Promise<Result>): Promise<Result> {
  return work().catch((cause) => {
    throw writeError(cause);
  });
}
