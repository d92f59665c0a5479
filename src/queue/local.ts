import PQueue from 'p-queue';
import { failureOf } from '../core/failures.ts';
import type { Painter } from '../core/painter.ts';
import { closed } from './errors.ts';
import { type Listener, Listeners } from './listeners.ts';
import { paintWithRecovery } from './painters/recovery.ts';
import type { JobQueue, QueuedJob, QueueEvent, QueueStats, Ticket } from './queue.ts';
import type { Usage } from './schedule/ledger.ts';
import { FairOrder } from './schedule/order.ts';

/** Options of {@link localQueue}. */
export interface LocalQueueOptions {
  /** One or more; each paints one job at a time. The queue closes them when it is closed. */
  readonly painters: readonly Painter[];
  /** Jobs that may wait, told in `stats`; 1 or more. */
  readonly capacity: number;
  /** Painter time that was used before a restart, to be fair about. */
  readonly usage?: readonly Usage[];
  /** Told of what no event tells: a listener's own error, and the whole error of a job that failed. */
  readonly onError: (error: unknown, jobId: string | undefined) => void;
  /** See FairOptions. */
  readonly now?: () => number;
}

/** A queue in this process, whose painters it has to itself. */
export function localQueue(options: LocalQueueOptions): JobQueue {
  return new LocalQueue(options);
}

interface Run {
  readonly controller: AbortController;
  ended?: Promise<void>;
}

class LocalQueue implements JobQueue {
  readonly #options: LocalQueueOptions;
  readonly #fair: FairOrder;
  /** Has as many jobs painted at a time as there are painters; which, is decided when a painter is free. */
  readonly #slots: PQueue;
  readonly #idle: Painter[];
  readonly #runs = new Map<string, Run>();
  readonly #listeners: Listeners;
  #closed = false;
  #moved = false;

  constructor(options: LocalQueueOptions) {
    const { painters, usage, now } = options;
    this.#options = options;
    this.#listeners = new Listeners(options.onError);
    this.#fair = new FairOrder({
      painters: painters.length,
      ...(usage && { usage }),
      ...(now && { now }),
    });
    this.#slots = new PQueue({ concurrency: painters.length });
    this.#idle = [...painters].reverse();
  }

  async submit(job: QueuedJob): Promise<Ticket> {
    const { jobId } = job.task;
    if (this.#closed) throw closed();
    if (!this.#fair.has(jobId) && !this.#runs.has(jobId)) {
      this.#fair.add(job);
      this.#fill();
      this.#tellMoved();
    }
    // Jobs that are submitted in one go share one forecast.
    await undefined;
    return this.#fair.ticket(jobId) ?? { position: 1, startsInMs: 0 };
  }

  async cancel(jobId: string): Promise<boolean> {
    if (this.#closed) return false;
    const run = this.#runs.get(jobId);
    run?.controller.abort();
    if (run) return true;
    if (!this.#fair.remove(jobId)) return false;
    this.#end({ type: 'cancelled', jobId, painterMs: 0 });
    this.#fill();
    return true;
  }

  async ticket(jobId: string): Promise<Ticket | undefined> {
    return this.#fair.ticket(jobId);
  }

  async tickets(jobIds?: readonly string[]): Promise<ReadonlyMap<string, Ticket>> {
    return this.#fair.tickets(jobIds);
  }

  async stats(): Promise<QueueStats> {
    const { painters, capacity } = this.#options;
    return { waiting: this.#fair.waiting, running: this.#runs.size, painters: painters.length, capacity };
  }

  subscribe(listener: Listener): () => void {
    return this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.dismiss();
    this.#slots.pause();
    await Promise.all(this.#options.painters.map((painter) => painter.close()));
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended));
  }

  /** Starts the jobs that may start, each when a painter is free. */
  #fill(): void {
    // One that waits for a painter fills the next place, too.
    if (this.#slots.size > 0) return;
    void this.#slots.add(async () => {
      const job = this.#fair.start();
      if (!job) return;
      this.#fill();
      await this.#run(job);
      // Its user may have another painted now.
      this.#fill();
    });
  }

  #run(job: QueuedJob): Promise<void> {
    const run: Run = { controller: new AbortController() };
    this.#runs.set(job.task.jobId, run);
    run.ended = this.#paint(job, run.controller.signal);
    return run.ended;
  }

  async #paint({ task }: QueuedJob, signal: AbortSignal): Promise<void> {
    const { jobId } = task;
    const painter = this.#idle.pop() as Painter;
    void this.#listeners.tell({ type: 'started', jobId });
    this.#tellMoved();
    const outcome = await paintWithRecovery(painter, task, {
      signal,
      onProgress: (progress) => {
        this.#fair.expect(jobId, progress.remainingMs);
        void this.#listeners.tell({ type: 'progress', jobId, progress });
      },
      onRetry: (failure, size) => {
        void this.#listeners.tell({ type: 'retrying', jobId, failure, ...(size !== undefined && { size }) });
      },
    });
    this.#idle.push(painter);
    this.#runs.delete(jobId);
    this.#fair.end(jobId, outcome.painterMs);
    if (this.#closed) return;
    if (signal.aborted) {
      this.#end({ type: 'cancelled', jobId, painterMs: outcome.painterMs });
    } else if (outcome.type === 'done') {
      this.#end({ type: 'done', jobId, result: outcome.result });
    } else {
      this.#options.onError(outcome.error, jobId);
      this.#end({ type: 'failed', jobId, failure: failureOf(outcome.error), painterMs: outcome.painterMs });
    }
  }

  /** Tells of a job's end; then the checkpoint goes. No painter waits for that. */
  #end(event: QueueEvent & { readonly jobId: string }): void {
    const [painter] = this.#options.painters as [Painter];
    this.#listeners
      .tell(event)
      .then(() => painter.forget(event.jobId))
      .catch((error) => this.#options.onError(error, event.jobId));
    this.#tellMoved();
  }

  /** Changes that come together are told of once. */
  #tellMoved(): void {
    if (this.#moved) return;
    this.#moved = true;
    queueMicrotask(() => {
      this.#moved = false;
      if (this.#fair.waiting > 0) void this.#listeners.tell({ type: 'moved' });
    });
  }
}
