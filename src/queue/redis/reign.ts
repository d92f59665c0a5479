import { setTimeout as delay } from 'node:timers/promises';
import { Job, type Queue } from 'bullmq';
import type { QueuedJob, Ticket } from '../queue.ts';
import type { Usage } from '../schedule/ledger.ts';
import { FairOrder } from '../schedule/order.ts';
import type { RedisLink } from './connection.ts';
import { JOB_VERSION, type JobData } from './names.ts';
import type { Roster } from './roster.ts';

/** What the dispatcher works with. */
export interface ReignOptions {
  readonly link: RedisLink;
  readonly queue: Queue<JobData>;
  readonly roster: Roster;
  /** Painter time that was used before. While it cannot be told, the reign goes on without, and asks at each look. */
  readonly usage: () => Promise<readonly Usage[]>;
  /** Milliseconds between two looks at what really is in Redis. */
  readonly lookMs: number;
  readonly onError: (error: unknown, jobId: string | undefined) => void;
  readonly now?: () => number;
}

/** Figures of the queue as the dispatcher sees it. */
export interface View {
  readonly waiting: number;
  readonly running: number;
  readonly painters: number;
  /** When the waiting job that is next starts, in milliseconds. */
  readonly startsInMs: number;
}

/** What is read of a job. */
interface Known {
  readonly job: QueuedJob;
  /** When it was started last, in milliseconds since 1970. */
  readonly startedAt: number | undefined;
}

const JOBS_AT_ONCE = 500;
/** The first jobs are released without what was used before when that is not told in this time. */
const USAGE_WITHIN_MS = 2000;

/**
 * The time for which a gateway is the dispatcher: it keeps the fair order of all jobs and releases one whenever a
 * painter is free. It begins with a look at what is in Redis, and looks again from time to time, so that nothing that
 * it was not told of stays unseen.
 *
 * Two reigns at once, as when a process was frozen, do no harm beyond their overlap: a job can be released only once,
 * so that all that happens is that a job more waits at the painters than there should.
 */
export class Reign {
  readonly #options: ReignOptions;
  readonly #ended: AbortSignal;
  readonly #arrivals = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #order: FairOrder | undefined;
  /** Undefined while it cannot be told. */
  #usage: readonly Usage[] | undefined;
  #asking: Promise<void> | undefined;
  /** Whether the order was made with what was used before. */
  #isInformed = false;
  /** Jobs that ended since the last look but one: BullMQ may still have them among those that are painted. */
  #gone = new Set<string>();
  #goneBefore = new Set<string>();
  #painters = 0;
  #look = true;
  #work: Promise<void> | undefined;
  #again = false;

  constructor(options: ReignOptions, ended: AbortSignal) {
    this.#options = options;
    this.#ended = ended;
    this.#timer = setInterval(() => this.refresh(), options.lookMs);
    if (ended.aborted) clearInterval(this.#timer);
    ended.addEventListener('abort', () => clearInterval(this.#timer));
    void this.#wake();
  }

  /** A job was submitted. */
  arrived(jobId: string): void {
    this.#arrivals.add(jobId);
    void this.#wake();
  }

  /** A job ended, waiting or running. */
  ended(jobId: string, painterMs: number): void {
    this.#arrivals.delete(jobId);
    this.#gone.add(jobId);
    if (!this.#order?.remove(jobId)) this.#order?.end(jobId, painterMs);
    void this.#wake();
  }

  /** A running job has so many milliseconds left. */
  expects(jobId: string, remainingMs: number): void {
    this.#order?.expect(jobId, remainingMs);
  }

  /** Looks at what is in Redis, and which workers live. */
  refresh(): void {
    this.#look = true;
    void this.#wake();
  }

  /** A job's place; undefined when it does not wait. */
  async ticket(jobId: string): Promise<Ticket | undefined> {
    const order = await this.#upToDate();
    if (this.#isNew(jobId)) {
      this.#arrivals.add(jobId);
      await this.#wake();
    }
    return order.ticket(jobId);
  }

  async tickets(jobIds?: readonly string[]): Promise<ReadonlyMap<string, Ticket>> {
    return (await this.#upToDate()).tickets(jobIds);
  }

  async view(): Promise<View> {
    const order = await this.#upToDate();
    const { waiting, running } = order;
    return { waiting, running, painters: this.#painters, startsInMs: order.first?.startsInMs ?? 0 };
  }

  async #upToDate(): Promise<FairOrder> {
    await this.#work;
    if (!this.#order) throw new Error('The dispatcher could not look yet');
    return this.#order;
  }

  /** Works off what has come, one thing after another; settles when that is done. */
  #wake(): Promise<void> {
    this.#again = true;
    this.#work ??= this.#run();
    return this.#work;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#ended.aborted) {
      this.#again = false;
      await this.#step();
    }
    // At once, so that nobody who comes in between waits for work that is over.
    this.#work = undefined;
  }

  async #step(): Promise<void> {
    try {
      if (this.#look) await this.#lookAround();
      if (this.#arrivals.size > 0) await this.#learn();
      await this.#release();
    } catch (error) {
      this.#look = true;
      // While the server is away that is told of elsewhere, and the next look comes by itself.
      if (this.#options.link.isReady && !this.#ended.aborted) this.#options.onError(error, undefined);
    }
  }

  async #learn(): Promise<void> {
    const jobIds = [...this.#arrivals];
    this.#arrivals.clear();
    const order = this.#order as FairOrder;
    for (const [jobId, { job }] of await this.#read(jobIds)) if (this.#isNew(jobId, order)) order.add(job);
  }

  async #release(): Promise<void> {
    const order = this.#order as FairOrder;
    const released: QueuedJob[] = [];
    while (order.running < this.#painters && !this.#ended.aborted) {
      const job = order.start();
      if (!job) break;
      released.push(job);
    }
    if (released.length === 0) return;
    const { redis, names } = this.#options.link;
    await Promise.all([
      ...released.map((job) => this.#promote(job.task.jobId)),
      redis.set(names.fastInARow, order.fastInARow),
    ]);
  }

  async #promote(jobId: string): Promise<void> {
    const { link, queue } = this.#options;
    const job = new Job(queue, '', undefined as unknown as JobData, {}, link.names.bullId(jobId));
    await job.promote().catch((error) => {
      // It was cancelled just now or released by another, which the next look will tell, or the server is away.
      this.#look = true;
      if (!link.isReady) throw error;
    });
  }

  /** Makes the order agree with what is in Redis. */
  async #lookAround(): Promise<void> {
    const { link, roster, now } = this.#options;
    this.#look = false;
    this.#goneBefore = this.#gone;
    this.#gone = new Set();
    this.#painters = await roster.painters();
    if (!this.#usage)
      await Promise.race([
        this.#askUsage(),
        delay(this.#order ? 0 : USAGE_WITHIN_MS, undefined, { ref: false }),
      ]);
    const usage = this.#usage;
    const isGood = this.#isInformed || !usage;
    const order =
      (isGood && this.#order) ||
      new FairOrder({
        painters: this.#painters,
        usage: usage ?? [],
        fastInARow: Number(await link.redis.get(link.names.fastInARow)),
        ...(now && { now }),
      });
    order.painters = this.#painters;
    const known = order.jobIds;
    const { waiting, released } = await this.#inRedis();
    for (const jobId of known) {
      const isRight = order.has(jobId) ? waiting.has(jobId) : released.has(jobId);
      if (isRight) continue;
      // What ended before this look, but after it was last known to go on, will be told of no more.
      if (!order.remove(jobId)) order.end(jobId, 0);
    }
    const jobs = await this.#read([...released, ...waiting]);
    for (const [jobId, { job, startedAt }] of jobs) {
      if (!this.#isNew(jobId, order)) continue;
      if (released.has(jobId)) order.resume(job, startedAt);
      else order.add(job);
    }
    this.#order = order;
    this.#isInformed = usage !== undefined;
  }

  /** Never rejects. What is told late makes a new order. */
  #askUsage(): Promise<void> {
    const { usage, onError } = this.#options;
    this.#asking ??= usage()
      .then((told) => {
        this.#usage = told;
        if (this.#order) this.refresh();
      })
      .catch((error) => {
        // Once is enough.
        if (!this.#order) onError(error, undefined);
      })
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }

  #isNew(jobId: string, order = this.#order): boolean {
    const isGone = this.#gone.has(jobId) || this.#goneBefore.has(jobId);
    return !isGone && !order?.has(jobId) && !order?.runs(jobId);
  }

  /** The ids of jobs that wait here and of those that have been released to the workers, both first come first. */
  async #inRedis(): Promise<{ waiting: Set<string>; released: Set<string> }> {
    const { redis, names } = this.#options.link;
    const answers = await redis
      .multi()
      .zrange(names.bull('delayed'), 0, -1)
      .lrange(names.bull('active'), 0, -1)
      .lrange(names.bull('wait'), 0, -1)
      .exec();
    const [waiting = [], active = [], wait = []] = (answers ?? []).map(([error, ids]) => {
      if (error) throw error;
      return (ids as string[]).map((id) => names.jobId(id));
    });
    // BullMQ's lists have the first at their end.
    return { waiting: new Set(waiting), released: new Set([...active.reverse(), ...wait.reverse()]) };
  }

  /** What the order does not know of some jobs, in their order; without those that have ended. */
  async #read(all: readonly string[]): Promise<Map<string, Known>> {
    const { redis, names } = this.#options.link;
    const jobIds = all.filter((jobId) => this.#isNew(jobId));
    const jobs = new Map<string, Known>();
    for (let at = 0; at < jobIds.length; at += JOBS_AT_ONCE) {
      const some = jobIds.slice(at, at + JOBS_AT_ONCE);
      const pipeline = redis.pipeline();
      for (const jobId of some) {
        pipeline.hmget(names.bull(names.bullId(jobId)), 'data', 'processedOn').exists(names.end(jobId));
      }
      const answers = (await pipeline.exec()) ?? [];
      const failed = answers.find(([error]) => error);
      if (failed) throw failed[0];
      for (const [index, jobId] of some.entries()) {
        const [fields, ended] = answers.slice(2 * index, 2 * index + 2).map(([, value]) => value);
        const [data, startedAt] = fields as (string | null)[];
        if (!data || ended === 1) continue;
        const { version, job } = JSON.parse(data) as JobData;
        // It waits for a dispatcher that understands it.
        if (version <= JOB_VERSION)
          jobs.set(jobId, { job, startedAt: startedAt ? Number(startedAt) : undefined });
      }
    }
    return jobs;
  }
}
