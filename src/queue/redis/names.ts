import type { Failure } from '../../core/failures.ts';
import type { PictureHash } from '../../core/pictures.ts';
import type { PaintProgress } from '../../core/task.ts';
import type { QueuedJob } from '../queue.ts';

/**
 * Of what BullMQ keeps of a job. Workers take jobs of their own version and of older ones. Since 2, pictures may be packed
 * rasters. Since 3, options name their method, which was `gatys` before.
 */
export const JOB_VERSION = 3;

/** What is kept of a job while it waits or is painted. */
export interface JobData {
  readonly version: number;
  readonly job: QueuedJob;
  /** Milliseconds for which it was painted by workers that handed it back. */
  readonly painterMs?: number;
  /** The worker that took it last, unless that has handed it back. */
  readonly worker?: string;
  /** How many workers were lost with it, as far as told. */
  readonly losses?: number;
}

/** What a worker tells of a job that it paints: BullMQ's progress. */
export type Report =
  | { readonly type: 'started' }
  | { readonly type: 'retrying'; readonly failure: Failure; readonly size?: number }
  | {
      readonly type: 'progress';
      readonly progress: Omit<PaintProgress, 'thumbnail'>;
      /** The latest thumbnail, where thumbnails are put. */
      readonly thumbnail?: PictureHash;
    };

/** The name of BullMQ's queue. */
export const QUEUE = 'jobs';

/** What things are called in Redis. All keys are of one hash slot. */
export class Names {
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = `{${prefix}}`;
  }

  /** BullMQ takes no id of digits only; ours may be such. */
  bullId(jobId: string): string {
    return `job-${jobId}`;
  }

  /** The inverse of bullId(). */
  jobId(bullId: string): string {
    return bullId.slice('job-'.length);
  }

  /** BullMQ's own key: of a job, or such as `events`. */
  bull(key: string): string {
    return `${this.prefix}:${QUEUE}:${key}`;
  }

  /** A hash: how a job ended, until that has been told. */
  end(jobId: string): string {
    return `${this.prefix}:end:${jobId}`;
  }

  /** A hash of the gateways that have submitted jobs, by the job's id. */
  get owners(): string {
    return `${this.prefix}:owners`;
  }

  /** A set of jobs that are to be cancelled. */
  get cancels(): string {
    return `${this.prefix}:cancels`;
  }

  /** A sorted set of workers with the number of their painters, by when they count no longer. */
  get workers(): string {
    return `${this.prefix}:workers`;
  }

  /** Fast jobs that have been started in a row. */
  get fastInARow(): string {
    return `${this.prefix}:fast-in-a-row`;
  }

  lease(name: string): string {
    return `${this.prefix}:lease:${name}`;
  }

  claim(id: string): string {
    return `${this.prefix}:claim:${id}`;
  }

  /** A channel to all workers: the id of a job that is to be cancelled, or that and `ended` of one that has ended. */
  get stops(): string {
    return `${this.prefix}:stops`;
  }

  /** A channel: questions to the dispatcher, and changes that it should look at. */
  get dispatcher(): string {
    return `${this.prefix}:dispatcher`;
  }

  /** A channel: answers to a gateway. */
  answers(gateway: string): string {
    return `${this.prefix}:answers:${gateway}`;
  }
}
