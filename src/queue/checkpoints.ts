import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { PaintTask } from './task.ts';

/** What is kept of a job that is being painted. */
export interface Checkpoint {
  /** Paintings of a sweep that are finished, as PNG. */
  readonly finished: readonly Uint8Array[];
  /** Frames of the time lapse so far, as JPEG. */
  readonly frames: readonly Uint8Array[];
  /** The checkpoint of stylize(); empty before a painting's first evaluation. */
  readonly painting: Uint8Array;
}

const FORMAT = 'impasto job 1';
const SUFFIX = '.checkpoint';
/** One process paints a job, so an interrupted write is overwritten by the next. */
const PARTIAL = '.partial';

/**
 * The checkpoint of a task; undefined when there is none, or none that fits the task.
 *
 * @throws an error of the file system
 */
export async function readCheckpoint(folder: string, task: PaintTask): Promise<Checkpoint | undefined> {
  const file = fileOf(folder, task.jobId);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!bytes) return undefined;
  try {
    const start = 4 + bytes.readUInt32LE(0);
    const { format, of, ...rest } = deserialize(bytes.subarray(4, start));
    if (format !== FORMAT || of !== fingerprint(task)) return undefined;
    return { ...rest, painting: bytes.subarray(start) };
  } catch {
    return undefined;
  }
}

/**
 * Writes a task's checkpoint whole or not at all, in place of an older one; returns once it is on disk.
 *
 * @throws an error of the file system
 */
export async function writeCheckpoint(
  folder: string,
  task: PaintTask,
  { painting, ...rest }: Checkpoint,
): Promise<void> {
  const file = fileOf(folder, task.jobId);
  const header = serialize({ format: FORMAT, of: fingerprint(task), ...rest });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  await mkdir(folder, { recursive: true });
  const handle = await open(file + PARTIAL, 'w');
  try {
    // The painting's part is large: it is not copied to be joined with the rest.
    for (const part of [length, header, painting]) await handle.writeFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(file + PARTIAL, file);
}

/** Removes a job's checkpoint, if there is one. */
export async function removeCheckpoint(folder: string, jobId: string): Promise<void> {
  const file = fileOf(folder, jobId);
  await Promise.all([file, file + PARTIAL].map((each) => rm(each, { force: true })));
}

/** Removes the checkpoints of all jobs but the given ones; to be called before anything is painted. */
export async function keepCheckpoints(folder: string, jobIds: ReadonlySet<string>): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const stale = names.filter((name) => !(name.endsWith(SUFFIX) && jobIds.has(name.slice(0, -SUFFIX.length))));
  await Promise.all(stale.map((name) => rm(path.join(folder, name), { force: true })));
}

/** @throws TypeError for an id that could lead out of the folder. */
function fileOf(folder: string, jobId: string): string {
  if (!/^[a-z0-9-]{1,64}$/.test(jobId)) throw new TypeError('A job’s id has 1 to 64 of a-z, 0-9 and -');
  return path.join(folder, jobId + SUFFIX);
}

/** What a task paints, as a hash: finished paintings and frames belong to it and no other. */
function fingerprint({ kind, options, content, styles, mask, init }: PaintTask): string {
  return createHash('sha256')
    .update(JSON.stringify({ kind, options, content, styles, mask, init }))
    .digest('hex');
}
