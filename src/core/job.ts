import type { StylizeOptions } from '../nst/settings.ts';
import type { Failure } from './failures.ts';
import type { MessageKey, ServerKey, UserKey } from './keys.ts';
import type { PictureHash } from './pictures.ts';
import type { Painted } from './task.ts';

/** A job waits, runs, and ends once, in one of three ways; from each state on only later ones follow. */
export type JobState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

/** The states that others may follow. */
export const UNFINISHED = ['waiting', 'running'] as const satisfies JobState[];

/** Whether a job has yet to end. */
export function isUnfinished({ state }: { readonly state: JobState }): boolean {
  return state === 'waiting' || state === 'running';
}

/** Interactive re-runs and drafts go into the fast lane, which cannot starve the normal one. */
export type Lane = 'fast' | 'normal';

/** A style of a job: its picture and the name it was given by. */
export interface StyleRef {
  readonly hash: PictureHash;
  readonly name: string;
}

/** A job from its acceptance on. Times are milliseconds since 1970. */
export interface Job extends ServerKey, UserKey {
  /** Short enough to type. */
  readonly id: string;
  readonly kind: 'painting' | 'sweep';
  /** The job that this one was derived from, and by which change. */
  readonly parentId: string | null;
  readonly change: string | null;
  readonly channel: string;
  readonly thread: string | null;
  /** The requester's name as shown. */
  readonly userName: string;
  readonly options: StylizeOptions;
  readonly content: PictureHash;
  readonly styles: readonly StyleRef[];
  readonly mask: PictureHash | null;
  readonly init: PictureHash | null;
  readonly lane: Lane;
  readonly maxConcurrent: number;
  readonly estimateMs: number;
  /** What the requester was told on acceptance. */
  readonly notices: readonly string[];
  readonly state: JobState;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Milliseconds of painting, whatever came of it. */
  readonly painterMs: number;
  readonly result: Painted | null;
  readonly failure: Failure | null;
  /** The message that shows the job's progress. */
  readonly statusMessage: MessageKey | null;
  /** When the requester was told of the end; null while that is still to be done. */
  readonly deliveredAt: number | null;
  /** When the requester or a moderator deleted the result. */
  readonly deletedAt: number | null;
}

/** A job as it is accepted: waiting, with nothing of its future. */
export type NewJob = Omit<
  Job,
  | 'state'
  | 'startedAt'
  | 'finishedAt'
  | 'painterMs'
  | 'result'
  | 'failure'
  | 'statusMessage'
  | 'deliveredAt'
  | 'deletedAt'
>;

/** What changes over a job's life. */
export type JobPatch = Partial<
  Pick<
    Job,
    | 'thread'
    | 'state'
    | 'startedAt'
    | 'finishedAt'
    | 'painterMs'
    | 'result'
    | 'failure'
    | 'statusMessage'
    | 'deliveredAt'
    | 'deletedAt'
    | 'options'
  >
>;
