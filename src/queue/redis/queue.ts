import { Queue, QueueEvents } from 'bullmq';
import type { PictureHash } from '../../core/pictures.ts';
import { closed, queueAway, queueFull, queueRefused } from '../errors.ts';
import { type Listener, Listeners } from '../listeners.ts';
import type { JobQueue, QueuedJob, QueueEvent, QueueStats, SubmitOptions, Ticket } from '../queue.ts';
import type { Usage } from '../schedule/ledger.ts';
import type { RedisLink } from './connection.ts';
import { Dispatcher } from './dispatcher.ts';
import { type EndEvent, Ends, MAX_EVENTS } from './ends.ts';
import { JOB_VERSION, type JobData, QUEUE, type Report } from './names.ts';
import { Roster } from './roster.ts';

/** Options of {@link redisQueue}. */
export interface RedisQueueOptions {
  /** The queue does not close it. */
  readonly link: RedisLink;
  /** Jobs that may wait, of all gateways together, 1 or more. Gateways that submit at the same time may exceed it. */
  readonly capacity: number;
  /** Painter time that was used before; asked whenever this gateway becomes the dispatcher. Default: none. */
  readonly usage?: () => Promise<readonly Usage[]>;
  /** A worker in this process, which is closed with the queue. */
  readonly worker?: { close(): Promise<void> };
  /** Where workers put thumbnails. */
  readonly thumbnails: { get(hash: PictureHash): Promise<Uint8Array> };
  /** Removes what is kept for going on with a job; called when its end is on record. */
  readonly forget: (jobId: string) => Promise<void>;
  /** Told of what no event tells: a listener's own error, and failures of the server that no caller hears of. */
  readonly onError: (error: unknown, jobId: string | undefined) => void;
  /** See FairOptions. */
  readonly now?: () => number;
  /** Times in milliseconds, for tests. */
  readonly timing?: Partial<QueueTiming>;
}

/** Times in milliseconds. */
export interface QueueTiming {
  /** After this time another gateway dispatches when the one that did has gone silent. */
  readonly leaseMs: number;
  /** A question to the dispatcher is given up after this time. */
  readonly answerWithinMs: number;
  /** Between two looks at whether Redis has all that it should have. */
  readonly lookMs: number;
}

const TIMING = { leaseMs: 5000, answerWithinMs: 1000, lookMs: 10_000 } satisfies QueueTiming;
/** BullMQ has no list of jobs that only wait to be released: they are delayed for longer than anything waits. */
const HELD_MS = 365 * 86_400_000;
const JOBS_AT_ONCE = 500;

/**
 * A queue on Redis, shared by all gateways, whose jobs workers anywhere paint. It tells the events of the jobs that
 * were submitted to it, and takes care that they are not lost where Redis loses them. A job is of the queue that has
 * submitted it last.
 *
 * While the server is away, jobs are still taken when `accepted`: they come to it when it is back.
 *
 * @throws ImpastoError `queue-failed`; the worker is then still the caller's to close.
 */
export async function redisQueue(options: RedisQueueOptions): Promise<JobQueue> {
  return openOn(options).catch((cause) => {
    throw queueRefused(cause);
  });
}

async function openOn(options: RedisQueueOptions): Promise<JobQueue> {
  const { link } = options;
  const bull = new Queue<JobData>(QUEUE, {
    connection: link.redis,
    prefix: link.names.prefix,
    skipVersionCheck: true,
    streams: { events: { maxLen: MAX_EVENTS } },
  });
  bull.on('error', () => {});
  await bull.waitUntilReady();
  const [latest] = await link.redis.xrevrange(link.names.bull('events'), '+', '-', 'COUNT', 1);
  const timing = { ...TIMING, ...options.timing };
  const subscriber = link.open();
  const dispatcher = await Dispatcher.open({
    ...timing,
    link,
    queue: bull,
    roster: new Roster(link),
    subscriber,
    usage: options.usage ?? (async () => []),
    onError: options.onError,
    ...(options.now && { now: options.now }),
  });
  const reader = link.open();
  const events = new QueueEvents(QUEUE, {
    connection: reader,
    prefix: link.names.prefix,
    lastEventId: latest?.[0] ?? '0-0',
    skipVersionCheck: true,
  });
  events.on('error', () => {});
  return new RedisQueue(options, timing, { bull, events, dispatcher, connections: [subscriber, reader] });
}

/** A job that was submitted here and whose end has not been handled. */
interface Own {
  readonly job: QueuedJob;
  /** Whether its end is on record. */
  readonly isOver: () => Promise<boolean>;
  started: boolean;
  /** Whether it is to end as cancelled. */
  cancelled: boolean;
  /** Whether its end is being told, or has been. */
  ending: boolean;
  /** Whether the end has been told, but could not be removed. */
  handled: boolean;
  /** The thumbnail that was told of last. */
  thumbnail: PictureHash | undefined;
  /** Settles when all reports so far have been told. */
  told: Promise<unknown>;
}

interface Parts {
  readonly bull: Queue<JobData>;
  readonly events: QueueEvents;
  readonly dispatcher: Dispatcher;
  readonly connections: readonly { disconnect(): void }[];
}

class RedisQueue implements JobQueue {
  readonly #options: RedisQueueOptions;
  readonly #parts: Parts;
  readonly #ends: Ends;
  readonly #roster: Roster;
  readonly #listeners: Listeners;
  readonly #own = new Map<string, Own>();
  readonly #timer: NodeJS.Timeout;
  readonly #onReady = () => void this.#look();
  #looking = false;
  #closing: Promise<void> | undefined;
  #moved = false;

  constructor(options: RedisQueueOptions, { lookMs }: QueueTiming, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    const { link } = options;
    this.#ends = new Ends(link);
    this.#roster = new Roster(link);
    this.#listeners = new Listeners(options.onError);
    const { events } = parts;
    events.on('delayed', ({ jobId }) => this.#arrived(link.names.jobId(jobId)));
    events.on('progress', ({ jobId, data }) => this.#reported(link.names.jobId(jobId), data as Report));
    // Ours, not BullMQ's; see ends.ts.
    const ended = ({ jobId, painterMs }: { jobId: string; painterMs: string }) =>
      this.#ended(link.names.jobId(jobId), Number(painterMs));
    (events as unknown as NodeJS.EventEmitter).on('ended', ended);
    this.#timer = setInterval(() => void this.#look(), lookMs);
    link.redis.on('ready', this.#onReady);
  }

  async submit(
    job: QueuedJob,
    { accepted = false, isOver = async () => false }: SubmitOptions = {},
  ): Promise<Ticket> {
    const { jobId } = job.task;
    if (this.#closing) throw closed();
    if (!this.#own.has(jobId)) {
      if (!accepted) await this.#checkCapacity();
      const own: Own = {
        job,
        isOver,
        started: false,
        cancelled: false,
        ending: false,
        handled: false,
        thumbnail: undefined,
        told: Promise.resolve(),
      };
      this.#own.set(jobId, own);
      // What cannot be handed over now is found missing at the next look, and then is.
      await this.#handOver(own).catch(() => {});
    }
    return this.#place(jobId);
  }

  async cancel(jobId: string): Promise<boolean> {
    if (this.#closing) return false;
    const { redis, names } = this.#options.link;
    try {
      const answer = await this.#ends.cancel(jobId);
      const own = this.#own.get(jobId);
      if (own && answer !== 'unknown') own.cancelled = true;
      if (answer === 'asked') {
        const wasWaiting = (await this.#parts.bull.remove(names.bullId(jobId))) === 1;
        if (wasWaiting) await this.#ends.finish({ type: 'cancelled', jobId, painterMs: 0 });
        else await redis.publish(names.stops, jobId);
      }
      return answer !== 'unknown';
    } catch (error) {
      throw queueAway(error);
    }
  }

  async ticket(jobId: string): Promise<Ticket | undefined> {
    return (await this.#parts.dispatcher.ticket(jobId)) ?? undefined;
  }

  async tickets(jobIds?: readonly string[]): Promise<ReadonlyMap<string, Ticket>> {
    return (await this.#parts.dispatcher.tickets(jobIds)) ?? new Map();
  }

  /** @throws ImpastoError `queue-failed` */
  async stats(): Promise<QueueStats> {
    const { capacity } = this.#options;
    const { waiting, running, painters } = await this.#view();
    return { waiting, running, painters, capacity };
  }

  subscribe(listener: Listener): () => void {
    return this.#listeners.add(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#listeners.dismiss();
    clearInterval(this.#timer);
    this.#options.link.redis.off('ready', this.#onReady);
    const { bull, events, dispatcher, connections } = this.#parts;
    await Promise.all([dispatcher.close(), this.#options.worker?.close()]);
    // Not awaited: where the server is away, it would be waited for.
    void events.close().catch(() => {});
    for (const connection of connections) connection.disconnect();
    await bull.close().catch(() => {});
  }

  async #checkCapacity(): Promise<void> {
    const { waiting, startsInMs } = await this.#view();
    if (waiting >= this.#options.capacity) throw queueFull(waiting, startsInMs);
  }

  /** As the dispatcher sees it, or else as BullMQ counts: jobs in handing over are then counted where they were. */
  async #view() {
    const view = await this.#parts.dispatcher.view();
    if (view) return view;
    try {
      const {
        delayed = 0,
        wait = 0,
        active = 0,
      } = await this.#parts.bull.getJobCounts('delayed', 'wait', 'active');
      const painters = await this.#roster.painters();
      return { waiting: delayed + wait, running: active, painters, startsInMs: 0 };
    } catch (error) {
      throw queueAway(error);
    }
  }

  /**
   * Puts a job into Redis, unless it is there. Tells of its end when it has ended; one whose end another gateway has put
   * on record is not owned any more.
   */
  async #handOver({ job, isOver }: Own): Promise<void> {
    const { jobId } = job.task;
    const { names } = this.#options.link;
    const { gateway } = this.#parts.dispatcher;
    let standing = await this.#ends.own(jobId, gateway);
    if (standing === 'handled') {
      if (await isOver()) return void this.#own.delete(jobId);
      standing = await this.#ends.own(jobId, gateway, true);
    }
    if (standing === 'ended') return void this.#end(jobId);
    await this.#parts.bull.add(
      '',
      { version: JOB_VERSION, job },
      { jobId: names.bullId(jobId), delay: HELD_MS },
    );
  }

  async #place(jobId: string): Promise<Ticket> {
    const first = { position: 1, startsInMs: 0 };
    const own = this.#own.get(jobId);
    if (!own || own.started || own.ending) return first;
    const ticket = await this.#parts.dispatcher.ticket(jobId);
    if (ticket !== undefined) return ticket ?? first;
    // Nobody can tell: it comes after those that are known here.
    const ahead = [...this.#own.values()].filter((each) => !each.started && each !== own);
    return { position: ahead.length + 1, startsInMs: own.job.estimateMs };
  }

  #arrived(jobId: string): void {
    this.#parts.dispatcher.arrived(jobId);
    this.#tellMoved();
  }

  #reported(jobId: string, report: Report): void {
    if (report.type === 'progress') this.#parts.dispatcher.expects(jobId, report.progress.remainingMs);
    if (report.type === 'started') this.#tellMoved();
    const own = this.#own.get(jobId);
    if (!own || own.ending) return;
    own.told = own.told.then(async () => {
      for (const event of await this.#eventsOf(own, report)) void this.#listeners.tell(event);
    });
  }

  /** A job that goes on elsewhere, or after its gateway was started anew, has been started here only once. */
  async #eventsOf(own: Own, report: Report): Promise<QueueEvent[]> {
    const { jobId } = own.job.task;
    const events: QueueEvent[] = own.started ? [] : [{ type: 'started', jobId }];
    own.started = true;
    if (report.type === 'retrying') events.push({ ...report, jobId });
    if (report.type === 'progress') {
      const thumbnail = await this.#thumbnail(own, report.thumbnail);
      events.push({
        type: 'progress',
        jobId,
        progress: { ...report.progress, ...(thumbnail && { thumbnail }) },
      });
    }
    return events;
  }

  /** The bytes of a thumbnail that has not been told of; a later one may have taken its place in the meantime. */
  async #thumbnail(own: Own, hash: PictureHash | undefined): Promise<Uint8Array | undefined> {
    if (hash === undefined || hash === own.thumbnail) return undefined;
    own.thumbnail = hash;
    return this.#options.thumbnails.get(hash).catch(() => undefined);
  }

  #ended(jobId: string, painterMs: number): void {
    this.#parts.dispatcher.ended(jobId, painterMs);
    this.#tellMoved();
    void this.#end(jobId);
  }

  /** Tells of the end of a job that is owned here; then its checkpoint goes, and last the end. */
  async #end(jobId: string): Promise<void> {
    const own = this.#own.get(jobId);
    if (!own || own.ending) return;
    own.ending = true;
    try {
      const event = await this.#ends.take(jobId, this.#parts.dispatcher.gateway);
      if (this.#closing) return;
      if (event === 'foreign') this.#own.delete(jobId);
      else if (event) await this.#tellEnd(own, event);
      else {
        own.ending = false;
        await this.#handOver(own);
      }
    } catch (error) {
      // A look will find it again.
      own.ending = own.handled;
      if (this.#options.link.isReady) this.#options.onError(error, jobId);
    }
  }

  async #tellEnd(own: Own, event: EndEvent): Promise<void> {
    const { jobId } = event;
    await own.told;
    if (this.#closing) return;
    await this.#listeners.tell(event);
    own.handled = true;
    if (this.#closing) return;
    await this.#options.forget(jobId).catch((error) => this.#options.onError(error, jobId));
    await this.#forget(jobId);
  }

  async #forget(jobId: string): Promise<void> {
    const { names } = this.#options.link;
    await this.#ends.forget(jobId, this.#parts.dispatcher.gateway);
    // It was put there again, when it had been painted before that came to be known.
    await this.#parts.bull.remove(names.bullId(jobId));
    this.#own.delete(jobId);
  }

  /** Sees to jobs that Redis has lost, and to ends that nobody has told of. */
  async #look(): Promise<void> {
    if (this.#looking || this.#closing) return;
    this.#looking = true;
    try {
      const jobIds = [...this.#own.keys()];
      for (let at = 0; at < jobIds.length && !this.#closing; at += JOBS_AT_ONCE) {
        await this.#lookAt(jobIds.slice(at, at + JOBS_AT_ONCE));
      }
    } catch (error) {
      if (this.#options.link.isReady && !this.#closing) this.#options.onError(error, undefined);
    } finally {
      this.#looking = false;
    }
  }

  async #lookAt(jobIds: readonly string[]): Promise<void> {
    const standings = await this.#ends.look(jobIds);
    for (const [index, { exists, ended }] of standings.entries()) {
      const own = this.#own.get(jobIds[index] as string);
      if (!own || this.#closing) continue;
      if (own.handled) await this.#forget(own.job.task.jobId);
      else if (own.ending) continue;
      else if (ended) void this.#end(own.job.task.jobId);
      else if (!exists) await this.#recover(own);
    }
  }

  /** Puts a job that Redis has lost there again; one that was to be cancelled still is. */
  async #recover(own: Own): Promise<void> {
    await this.#handOver(own);
    if (own.cancelled) await this.cancel(own.job.task.jobId);
  }

  /** Changes that come together are told of once. */
  #tellMoved(): void {
    if (this.#moved) return;
    this.#moved = true;
    queueMicrotask(() => {
      this.#moved = false;
      for (const { started, ending } of this.#own.values()) {
        if (started || ending) continue;
        void this.#listeners.tell({ type: 'moved' });
        return;
      }
    });
  }
}
