import { setTimeout as delay } from 'node:timers/promises';
import { type Job, WaitingError, Worker } from 'bullmq';
import { failureOf } from '../../core/failures.ts';
import type { Painter } from '../../core/painter.ts';
import type { PaintTask } from '../../core/task.ts';
import { painterLost, queueRefused } from '../errors.ts';
import { type Outcome, paintWithRecovery, RESUMPTIONS } from '../painters/recovery.ts';
import type { RedisLink } from './connection.ts';
import { type EndEvent, Ends } from './ends.ts';
import { retakeLock } from './locks.ts';
import { JOB_VERSION, type JobData, QUEUE } from './names.ts';
import { Reports } from './reports.ts';
import { Roster } from './roster.ts';
import type { ThumbnailStore } from './thumbnails.ts';

/** Options of {@link redisWorker}. */
export interface RedisWorkerOptions {
  /** The worker does not close it. */
  readonly link: RedisLink;
  /** One or more; each paints one job at a time. The worker closes them when it is closed. */
  readonly painters: readonly Painter[];
  readonly thumbnails: ThumbnailStore;
  /** Told of the whole error of a job that failed, and of failures of the server. */
  readonly onError: (error: unknown, jobId: string | undefined) => void;
  /** Times in milliseconds, for tests. */
  readonly timing?: Partial<WorkerTiming>;
}

/** Times in milliseconds. A job of a lost worker is taken up by another after `lockMs` + 2 × `stalledMs` at most. */
export interface WorkerTiming {
  /** A worker that has not been heard of for this time has lost its jobs. It is heard of twice in it. */
  readonly lockMs: number;
  /** Between two searches for jobs of lost workers. */
  readonly stalledMs: number;
  /** Between two signs of life; after three its painters are counted no longer. */
  readonly beatMs: number;
  /** Before a job is handed back that no painter could be given, or its end is written down in another attempt. */
  readonly retryMs: number;
}

const TIMING = { lockMs: 8000, stalledMs: 2500, beatMs: 2000, retryMs: 1000 } satisfies WorkerTiming;

/** A worker that runs. */
export interface RedisWorker {
  /** Its name among all workers. */
  readonly id: string;
  /** Jobs that it paints now. */
  readonly running: number;
  /** Why it takes no jobs although it runs, as a sentence; undefined when all is well. */
  readonly problem: string | undefined;
  /** Takes no further job; what is painted leaves a checkpoint, and is handed to another worker at once. */
  close(): Promise<void>;
}

/**
 * Paints jobs of the queue on Redis.
 *
 * @throws ImpastoError `queue-failed`; the painters are then closed.
 */
export async function redisWorker(options: RedisWorkerOptions): Promise<RedisWorker> {
  const worker = new PaintingWorker(options);
  try {
    await worker.start();
    return worker;
  } catch (cause) {
    await worker.close();
    throw queueRefused(cause);
  }
}

/** A job that is painted here. */
interface Run {
  readonly stop: AbortController;
  /** Of the lock that this worker has been given on it last. */
  token: string;
  /** Whether somebody else paints it, or has. */
  isForeign: boolean;
  /** Settles when it is painted no more; true when BullMQ is to forget it. */
  ended: Promise<boolean>;
}

class PaintingWorker implements RedisWorker {
  readonly #options: RedisWorkerOptions;
  readonly #timing: WorkerTiming;
  readonly #worker: Worker<JobData>;
  readonly #ends: Ends;
  readonly #roster: Roster;
  readonly #idle: Painter[];
  readonly #runs = new Map<string, Run>();
  readonly #onBeat = () => void this.#beat().catch(() => {});
  #timer: NodeJS.Timeout | undefined;
  readonly #stopping = new AbortController();
  #closing: Promise<void> | undefined;
  #isOutdated = false;

  constructor(options: RedisWorkerOptions) {
    const { link, painters, onError, timing } = options;
    this.#options = options;
    this.#timing = { ...TIMING, ...timing };
    this.#ends = new Ends(link);
    this.#roster = new Roster(link);
    this.#idle = [...painters].reverse();
    this.#worker = new Worker<JobData>(QUEUE, (job, token) => this.#process(job, token as string), {
      connection: link.open(),
      prefix: link.names.prefix,
      concurrency: painters.length,
      lockDuration: this.#timing.lockMs,
      stalledInterval: this.#timing.stalledMs,
      // How often a job may lose its worker is decided here, where its end can be told.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
      runRetryDelay: 1000,
      skipVersionCheck: true,
      autorun: false,
    });
    this.#worker.on('error', (error) => {
      if (link.isReady && !this.#closing) onError(error, undefined);
    });
  }

  get id(): string {
    return this.#worker.id;
  }

  get running(): number {
    return this.#runs.size;
  }

  get problem(): string | undefined {
    return this.#isOutdated
      ? 'The queue has jobs of a newer version: this worker has to be updated.'
      : undefined;
  }

  async start(): Promise<void> {
    const { link, onError } = this.#options;
    const subscriber = link.open();
    subscriber.on('message', (_, message) => this.#hear(message));
    await subscriber.subscribe(link.names.stops);
    await this.#worker.waitUntilReady();
    await this.#beat();
    this.#timer = setInterval(this.#onBeat, this.#timing.beatMs);
    link.redis.on('ready', this.#onBeat);
    this.#worker.run().catch((error) => onError(error, undefined));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { link } = this.#options;
    this.#stopping.abort();
    clearInterval(this.#timer);
    link.redis.off('ready', this.#onBeat);
    await this.#worker.pause(true);
    await Promise.all([
      this.#roster.leave(this.id, this.#options.painters.length).catch(() => {}),
      ...this.#options.painters.map((painter) => painter.close()),
    ]);
    // Where the server is away, what is painted is left to the worker that finds it without a lock.
    await Promise.race([link.away(), Promise.all([...this.#runs.values()].map(({ ended }) => ended))]);
    await this.#worker.close(!link.isReady);
  }

  #hear(message: string): void {
    const [jobId = '', ended] = message.split(' ');
    const run = this.#runs.get(jobId);
    if (run && ended !== undefined) run.isForeign = true;
    run?.stop.abort();
  }

  /** Says that this worker lives, and sees whether what it paints is still its to paint. */
  async #beat(): Promise<void> {
    const { link, painters } = this.#options;
    if (!this.#isOutdated) await this.#roster.beat(this.id, painters.length, 3 * this.#timing.beatMs);
    const jobIds = [...this.#runs.keys()];
    if (jobIds.length === 0 || !link.isReady) return;
    for (const [index, { lock, ended, cancelled }] of (await this.#ends.look(jobIds)).entries()) {
      const jobId = jobIds[index] as string;
      const run = this.#runs.get(jobId);
      if (!run) continue;
      // Without a lock nobody paints it: it is painted on here, as when the server has lost it.
      // A lock of this worker's with another token is about to come to #process().
      const isElsewhere = lock !== null && !lock.startsWith(`${this.id}:`);
      if (ended || isElsewhere) run.isForeign = true;
      if (ended || isElsewhere || cancelled) run.stop.abort();
      else if (lock === null) await retakeLock(link, jobId, run.token, this.#timing.lockMs);
    }
  }

  /**
   * A job whose lock has run out, as while the server was away, comes here again while it is painted: the painting goes
   * on, under its new lock, whose holder alone can complete it.
   */
  async #process(job: Job<JobData>, token: string): Promise<void> {
    const jobId = this.#options.link.names.jobId(job.id as string);
    const run = this.#runs.get(jobId) ?? this.#begin(job, token, jobId);
    run.token = token;
    const isOver = await run.ended;
    if (!isOver || run.token !== token) throw new WaitingError();
  }

  #begin(job: Job<JobData>, token: string, jobId: string): Run {
    const run: Run = {
      stop: new AbortController(),
      token,
      isForeign: false,
      ended: Promise.resolve(false),
    };
    run.ended = this.#see(job, run, jobId).finally(() => this.#runs.delete(jobId));
    this.#runs.set(jobId, run);
    return run;
  }

  /** Sees a job through; false when BullMQ must not end it. */
  async #see(job: Job<JobData>, run: Run, jobId: string): Promise<boolean> {
    try {
      if (job.data.version > JOB_VERSION) await this.#giveUp(job, run);
      else await this.#paint(job, run, jobId);
      return true;
    } catch (error) {
      if (error instanceof WaitingError) return false;
      this.#options.onError(error, jobId);
      // What is wrong may be so for long, and here as elsewhere.
      await this.#pause();
      // It goes to the next worker, or is found without one when the lock has run out.
      await job.moveToWait(run.token).catch(() => {});
      return false;
    }
  }

  async #paint(job: Job<JobData>, run: Run, jobId: string): Promise<void> {
    const { onError, thumbnails } = this.#options;
    const [standing] = await this.#ends.look([jobId]);
    if (standing?.ended) return;
    if (standing?.cancelled) return this.#finish({ type: 'cancelled', jobId, painterMs: 0 }, run);
    const reports = new Reports(job, thumbnails, (error) => {
      if (this.#options.link.isReady) onError(error, jobId);
    });
    if (!(await this.#goOn(job, reports))) {
      const painterMs = job.data.painterMs ?? 0;
      await reports.clear();
      return this.#finish({ type: 'failed', jobId, failure: failureOf(painterLost()), painterMs }, run);
    }
    const painter = this.#idle.pop() as Painter;
    let outcome: Outcome;
    try {
      outcome = await paintWithRecovery(painter, taskOf(job.data), {
        signal: run.stop.signal,
        onProgress: (progress) => reports.progress(progress),
        onRetry: (failure, size) => {
          reports.tell({ type: 'retrying', failure, ...(size !== undefined && { size }) });
        },
      });
    } finally {
      this.#idle.push(painter);
    }
    await reports.settled();
    if (run.isForeign) throw new WaitingError();
    if (this.#closing && outcome.type === 'failed' && !run.stop.signal.aborted) {
      return this.#handBack(job, run, outcome.painterMs);
    }
    if (outcome.type === 'failed' && !run.stop.signal.aborted) onError(outcome.error, jobId);
    await this.#finish(endOf(jobId, outcome, job.data.painterMs ?? 0), run).finally(() => reports.clear());
  }

  /**
   * Tells that a job begins or goes on; false when too many workers were lost with it. One that comes to the same worker
   * again, after the server was away, has lost none.
   */
  async #goOn(job: Job<JobData>, reports: Reports): Promise<boolean> {
    const { worker = this.id, losses = 0 } = job.data;
    const isLost = worker !== this.id;
    if (isLost && losses >= RESUMPTIONS) return false;
    await job.updateData({ ...job.data, worker: this.id, losses: losses + (isLost ? 1 : 0) });
    reports.tell({ type: 'started' });
    if (isLost) reports.tell({ type: 'retrying', failure: failureOf(painterLost()) });
    return true;
  }

  /** Writes the end down, as soon as the server can be reached. */
  async #finish(event: EndEvent, run: Run): Promise<void> {
    const { link, onError } = this.#options;
    for (;;) {
      try {
        // BullMQ lets nobody complete what is not theirs.
        if (!(await this.#ends.finish(event, run.token))) throw new WaitingError();
        return;
      } catch (error) {
        if (error instanceof WaitingError) throw error;
        if (link.isReady) onError(error, event.jobId);
        if (link.isClosed) throw error;
        await delay(this.#timing.retryMs);
      }
    }
  }

  /** Waits before something is tried again; not when the worker is closed. */
  async #pause(): Promise<void> {
    await delay(this.#timing.retryMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }

  /** Gives a job to another worker, before all that waits. It does not count as a loss. */
  async #handBack(job: Job<JobData>, run: Run, painterMs: number): Promise<void> {
    const { worker: _, ...data } = job.data;
    await job.updateData({ ...data, painterMs: (data.painterMs ?? 0) + painterMs });
    await job.moveToWait(run.token);
    throw new WaitingError();
  }

  /** A newer gateway's job cannot be understood here; newer workers take it. */
  async #giveUp(job: Job<JobData>, run: Run): Promise<void> {
    this.#isOutdated = true;
    await this.#worker.pause(true);
    await this.#roster.leave(this.id, this.#options.painters.length);
    await job.moveToWait(run.token);
    throw new WaitingError();
  }
}

/** A job's task, as this version has it. */
function taskOf({ version, job: { task } }: JobData): PaintTask {
  return version < 3 ? { ...task, options: { method: 'gatys', ...task.options } } : task;
}

function endOf(jobId: string, outcome: Outcome, painterMsBefore: number): EndEvent {
  const painterMs = painterMsBefore + outcome.painterMs;
  return outcome.type === 'done'
    ? { type: 'done', jobId, result: { ...outcome.result, painterMs } }
    : { type: 'failed', jobId, failure: failureOf(outcome.error), painterMs };
}
