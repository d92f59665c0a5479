import type { QueuedJob } from '../../src/queue/queue.ts';

/** A queue that is measured. */
export interface Contestant {
  /** The program of its workers. */
  readonly worker: string;
  /** When the end of a job was told of, by its id. */
  readonly ended: Map<string, number>;
  submit(job: QueuedJob): Promise<void>;
  close(): Promise<void>;
}
