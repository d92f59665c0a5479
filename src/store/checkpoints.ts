import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import type { PaintTask } from '../core/task.ts';

/** What is kept of a job that is being painted. */
export interface Checkpoint {
  /** Paintings of a sweep that are finished, as PNG. */
  readonly finished: readonly Uint8Array[];
  /** Frames of the time lapse so far, as JPEG. */
  readonly frames: readonly Uint8Array[];
  /** The checkpoint of stylize(); empty before a painting's first evaluation. */
  readonly painting: Uint8Array;
}

/**
 * Where checkpoints are kept: one a job, within reach of every process that may paint it. Methods that take a job throw
 * TypeError for an id that is not 1 to 64 of a-z, 0-9 and -; all throw what the place itself throws.
 */
export interface Checkpoints {
  /** The job's checkpoint; undefined when there is none, or none that fits the task. */
  read(task: PaintTask): Promise<Checkpoint | undefined>;
  /**
   * Writes the checkpoint whole or not at all, in place of an older one; returns once it would outlive a crash.
   *
   * @throws ImpastoError `disk-full`, `not-writable`
   */
  write(task: PaintTask, checkpoint: Checkpoint): Promise<void>;
  /** Removes a job's checkpoint, if there is one. */
  remove(jobId: string): Promise<void>;
  /**
   * Removes the checkpoints of jobs that have ended, and what interrupted writes have left. Others may paint meanwhile:
   * what they write stays.
   *
   * @param unfinished - the jobs that may still be painted. Asked after the checkpoints have been looked through, so that
   *   a job which is accepted meanwhile is among them or has not been seen.
   */
  keep(unfinished: () => Promise<ReadonlySet<string>>): Promise<void>;
}

const FORMAT = 'impasto job 1';

/** A checkpoint as bytes, in parts: the painting's is large and is not copied to be joined with the rest. */
export function encodeCheckpoint(task: PaintTask, { painting, ...rest }: Checkpoint): Uint8Array[] {
  const header = serialize({ format: FORMAT, of: fingerprint(task), ...rest });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  return [length, header, painting];
}

/** The inverse of {@link encodeCheckpoint}; undefined for bytes that are damaged, or of another painting than the task's. */
export function decodeCheckpoint(task: PaintTask, bytes: Buffer): Checkpoint | undefined {
  try {
    const start = 4 + bytes.readUInt32LE(0);
    const { format, of, ...rest } = deserialize(bytes.subarray(4, start));
    if (format !== FORMAT || of !== fingerprint(task)) return undefined;
    return { ...rest, painting: bytes.subarray(start) };
  } catch {
    return undefined;
  }
}

const SUFFIX = '.checkpoint';

/**
 * What a job's checkpoint is called.
 *
 * @throws TypeError for an id that could lead out of its folder.
 */
export function checkpointName(jobId: string): string {
  checkJobId(jobId);
  return jobId + SUFFIX;
}

/** @throws TypeError for an id that could lead out of a folder. */
export function checkJobId(jobId: string): void {
  if (!/^[a-z0-9-]{1,64}$/.test(jobId)) throw new TypeError('A job’s id has 1 to 64 of a-z, 0-9 and -');
}

/** The job whose checkpoint is called so; undefined for a name that is none. */
export function jobOfCheckpoint(name: string): string | undefined {
  return name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : undefined;
}

/** What a task paints, as a hash: finished paintings and frames belong to it and no other. */
function fingerprint({ kind, options, content, styles, mask, init }: PaintTask): string {
  const painting = JSON.stringify({ kind, options, content, styles, mask, init });
  return createHash('sha256').update(painting).digest('hex');
}
