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

/** Where a task's checkpoint is kept. */
export class CheckpointFile {
  readonly #file: string;
  /** What the task paints, as a hash: finished paintings and frames belong to it and no other. */
  readonly #fingerprint: string;

  /** @throws TypeError for a job's id that could lead out of the folder. */
  constructor(folder: string, { jobId, kind, options, content, styles, mask, init }: PaintTask) {
    this.#file = fileOf(folder, jobId);
    const painting = JSON.stringify({ kind, options, content, styles, mask, init });
    this.#fingerprint = createHash('sha256').update(painting).digest('hex');
  }

  /**
   * The checkpoint; undefined when there is none, or none that fits the task.
   *
   * @throws an error of the file system
   */
  async read(): Promise<Checkpoint | undefined> {
    const bytes = await readFile(this.#file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!bytes) return undefined;
    try {
      const start = 4 + bytes.readUInt32LE(0);
      const { format, of, ...rest } = deserialize(bytes.subarray(4, start));
      if (format !== FORMAT || of !== this.#fingerprint) return undefined;
      return { ...rest, painting: bytes.subarray(start) };
    } catch {
      return undefined;
    }
  }

  /**
   * Writes the checkpoint whole or not at all, in place of an older one; returns once it is on disk.
   *
   * @throws an error of the file system
   */
  async write({ painting, ...rest }: Checkpoint): Promise<void> {
    const header = serialize({ format: FORMAT, of: this.#fingerprint, ...rest });
    const length = Buffer.alloc(4);
    length.writeUInt32LE(header.length);
    await mkdir(path.dirname(this.#file), { recursive: true });
    const handle = await open(this.#file + PARTIAL, 'w');
    try {
      // The painting's part is large: it is not copied to be joined with the rest.
      for (const part of [length, header, painting]) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(this.#file + PARTIAL, this.#file);
  }
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
