import PQueue from 'p-queue';
import { failureOf } from '../nst/errors.ts';
import { closed, queueFull } from './errors.ts';
import { FairOrder } from './fair.ts';
import type { Usage } from './ledger.ts';
import { type Listener, Listeners } from './listeners.ts';
import type { JobQueue, QueuedJob, QueueEvent, QueueStats, Ticket } from './queue.ts';
import { paintWithRecovery } from './recovery.ts';
import { type StartOptions, type Starts, startsClass } from './starts.ts';
import type { Painter } from './task.ts';

/** Options of {@link localQueue}. */
export interface LocalQueueOptions {
  /** One or more; each paints one job at a time. The queue closes them when it is closed. */
  readonly painters: readonly Painter[];
  /** Jobs that may wait, 1 or more. */
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
  readonly #starts: PQueue<Starts, StartOptions>;
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
    this.#starts = new PQueue({ concurrency: painters.length, queueClass: startsClass(this.#fair) });
    // p-queue starts one job when one has ended; it may be that several may start.
    this.#starts.on('next', () => this.#startAll());
    this.#idle = [...painters].reverse();
  }

  async submit(job: QueuedJob, { accepted = false } = {}): Promise<Ticket> {
    const { jobId } = job.task;
    if (this.#closed) throw closed();
    if (!this.#fair.has(jobId) && !this.#runs.has(jobId)) {
      if (!accepted && this.#fair.waiting >= this.#options.capacity) {
        throw queueFull(this.#fair.waiting, this.#fair.first?.startsInMs ?? 0);
      }
      this.#starts.add(() => this.#run(job), { job }).catch((error) => this.#options.onError(error, jobId));
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
    this.#startAll();
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
    this.#starts.pause();
    await Promise.all(this.#options.painters.map((painter) => painter.close()));
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended));
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
    // The order has to know of the end before p-queue does, which asks for the next job.
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

  /** Setting the concurrency is what makes p-queue start as many jobs as it can. */
  #startAll(): void {
    this.#starts.concurrency = this.#options.painters.length;
  }
}
