import type { Queue, QueueAddOptions } from 'p-queue';
import type { QueuedJob } from './queue.ts';
import type { FairOrder } from './schedule/order.ts';

type RunFunction = () => Promise<unknown>;

/** What p-queue's add() takes. */
export type StartOptions = QueueAddOptions & { readonly job: QueuedJob };

/** What p-queue takes its jobs from. */
export type Starts = Queue<RunFunction, StartOptions>;

/**
 * A class for p-queue's `queueClass` that lets a fair order decide. p-queue asks for the next job whenever the size is
 * above 0 and calls what it gets unseen, so the size says only whether a job may start now. It does not learn of jobs
 * that are removed from the order.
 */
export function startsClass(fair: FairOrder): new () => Starts {
  return class implements Starts {
    readonly #runs = new WeakMap<QueuedJob, RunFunction>();

    get size(): number {
      return fair.startable ? 1 : 0;
    }

    enqueue(run: RunFunction, { job }: Partial<StartOptions> = {}): void {
      if (!job) throw new TypeError('Without a job there is nothing to be fair about');
      this.#runs.set(job, run);
      fair.add(job);
    }

    dequeue(): RunFunction | undefined {
      const job = fair.start();
      return job && this.#runs.get(job);
    }

    filter(): RunFunction[] {
      return [];
    }

    setPriority(): void {
      throw new TypeError('The order is fair: it knows no priorities');
    }
  };
}
