import type { Failure } from '../core/failures.ts';
import type { Lane } from '../core/job.ts';
import type { Painted, PaintProgress, PaintTask } from '../core/task.ts';

/** A job as the queue sees it. */
export interface QueuedJob {
  readonly task: PaintTask;
  /** Who is charged for it; unique over all platforms. */
  readonly user: string;
  /** The guild or workspace; unique over all platforms. */
  readonly server: string;
  readonly lane: Lane;
  /** Milliseconds of painting that are expected. */
  readonly estimateMs: number;
  /** How many jobs of this user may be painted at once; at least 1. */
  readonly maxConcurrent: number;
}

/** A waiting job's place. */
export interface Ticket {
  /** 1 is next. */
  readonly position: number;
  /** Milliseconds until it starts, estimated; 0 when a painter is free. */
  readonly startsInMs: number;
}

/** Options of {@link JobQueue.submit}. */
export interface SubmitOptions {
  /** Its requester has been promised a picture: it is taken even beyond the capacity. Default false. */
  readonly accepted?: boolean;
  /**
   * Says whether the job's end is on record; asked when another process has handled an end of it just now. If so, it is
   * not taken, and no event follows: position 1 is returned. By default it is not on record.
   *
   * @throws when it cannot be told: it is asked again later.
   */
  readonly isOver?: () => Promise<boolean>;
}

/** What happened to a job. */
export type QueueEvent =
  | { readonly type: 'started'; readonly jobId: string }
  | { readonly type: 'progress'; readonly jobId: string; readonly progress: PaintProgress }
  /** The painter was lost or too small for the job, and another attempt begins. */
  | { readonly type: 'retrying'; readonly jobId: string; readonly failure: Failure; readonly size?: number }
  | { readonly type: 'done'; readonly jobId: string; readonly result: Painted }
  | { readonly type: 'failed'; readonly jobId: string; readonly failure: Failure; readonly painterMs: number }
  | { readonly type: 'cancelled'; readonly jobId: string; readonly painterMs: number }
  /** Waiting jobs may have other places than before. */
  | { readonly type: 'moved' };

/** Figures for operators. */
export interface QueueStats {
  readonly waiting: number;
  readonly running: number;
  readonly painters: number;
  /** Waiting jobs that the queue takes at most. */
  readonly capacity: number;
}

/**
 * Decides which accepted job is painted next, and has it painted. The queue holds no record of its own: who submits
 * keeps jobs on disk and submits the unfinished ones again after a restart, the running ones first.
 */
export interface JobQueue {
  /**
   * Takes a job. One that has been submitted already keeps its place; one that has been started has position 1.
   *
   * @throws ImpastoError `queue-full`, `closed`
   */
  submit(job: QueuedJob, options?: SubmitOptions): Promise<Ticket>;
  /** Cancels a job, waiting or running; false when it is neither. It then ends with the event `cancelled`. */
  cancel(jobId: string): Promise<boolean>;
  /** A waiting job's place; undefined when it does not wait. */
  ticket(jobId: string): Promise<Ticket | undefined>;
  /** The places of waiting jobs, of these or, by default, of all; next first. */
  tickets(jobIds?: readonly string[]): Promise<ReadonlyMap<string, Ticket>>;
  stats(): Promise<QueueStats>;
  /**
   * Calls a listener for every event, in order for each job; the next event does not wait for a promise that it
   * returns. A job's checkpoint is kept until the listeners of its end have settled, so that they can put it on
   * record first.
   *
   * @returns a function that ends the subscription.
   */
  subscribe(listener: (event: QueueEvent) => void | Promise<void>): () => void;
  /** Stops: running jobs leave a checkpoint, waiting jobs stay waiting. No event follows. */
  close(): Promise<void>;
}
