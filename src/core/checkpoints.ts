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
