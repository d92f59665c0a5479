import { setTimeout as delay } from 'node:timers/promises';
import type { Job, JobPatch } from '../core/job.ts';
import type { PaintProgress } from '../core/task.ts';
import { ImpastoError } from '../nst/errors.ts';
import type { QueueEvent, Ticket } from '../queue/queue.ts';
import type { Chat, Message, ThreadPreviews } from './chat.ts';
import { deliver, PASSING, placeOfJob } from './delivery.ts';
import { keptPicture, turnOf } from './intake.ts';
import { lastLine, paintingMessage, threadTitle, waitingMessage } from './messages.ts';
import type { Services } from './services.ts';
import { StatusMessage } from './status.ts';
import type { Speed } from './tasks.ts';

/** A job that has been accepted and not yet answered. */
interface Conversation {
  job: Job;
  status: StatusMessage | undefined;
  position: number | undefined;
  progress: PaintProgress | undefined;
  thumbnail: Uint8Array | undefined;
  notices: string[];
  /** Settles when its first message has been posted, or could not be. */
  announced: Promise<void>;
  readonly whenEnded: (() => void)[];
  /** Settles when all events so far are on record: they are recorded in their order. */
  recorded: Promise<void>;
}

type JobEvent = Exclude<QueueEvent, { type: 'moved' }>;

/** Longer side of the pictures that a thread begins with, in pixels: they are compared with the painting. */
const PREVIEW_SIDE = 1280;
/** Positions are shown anew at most this often. */
const MOVED_MS = 2000;
/** A waiting job far back in the queue is told only of moves by this share of its position. */
const MOVE_SHARE = 0.1;
/** How long after such a failure it is tried again, each time twice as long. */
const RETRY_MS = 5000;
const LONGEST_RETRY_MS = 600_000;

/**
 * The life of every job in its chat: accepted, waiting with its position, painting with thumbnails, and one answer.
 * What happens is put on record before it is told; an answer is on record when it has been sent, under a key that
 * makes a second sending the same message.
 */
export class Conversations {
  readonly #services: Services;
  readonly #speed: Speed;
  readonly #open = new Map<string, Conversation>();
  readonly #answers = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #unsubscribe: () => void;
  #moving: NodeJS.Timeout | undefined;

  constructor(services: Services, speed: Speed) {
    this.#services = services;
    this.#speed = speed;
    this.#unsubscribe = services.queue.subscribe((event) => this.#happened(event));
  }

  /** Has to be called before the job is submitted, so that none of its events is missed. */
  watch(job: Job): void {
    const chat = this.#services.chats.get(job.platform);
    const { statusMessage } = job;
    const status =
      chat && statusMessage ? new StatusMessage(chat, statusMessage, this.#services.log) : undefined;
    this.#open.set(job.id, {
      job,
      status,
      position: undefined,
      progress: undefined,
      thumbnail: undefined,
      notices: [],
      announced: Promise.resolve(),
      whenEnded: [],
      recorded: Promise.resolve(),
    });
  }

  /** Stops watching a job that was not accepted after all. */
  drop(jobId: string): void {
    this.#open.delete(jobId);
  }

  /**
   * Whether a watched job has ended on record, as through another gateway that served its server until now. It is then
   * watched no more, and answered unless it has been.
   *
   * @throws ImpastoError `store-failed`
   */
  async isOver(jobId: string): Promise<boolean> {
    const job = await this.#services.store.jobs.get(jobId);
    if (job?.finishedAt === null) return false;
    this.drop(jobId);
    if (job?.deliveredAt === null && job.deletedAt === null) this.answer(job, true);
    return true;
  }

  /**
   * Opens the thread of a watched job that has no status yet, and posts its status there.
   *
   * @throws ImpastoError what Chat.openThread and Chat.post throw; the job goes on all the same.
   */
  async announce(jobId: string, ticket: Ticket | undefined): Promise<void> {
    const conversation = this.#open.get(jobId);
    const chat = conversation && this.#services.chats.get(conversation.job.platform);
    if (!conversation || !chat || conversation.status) return;
    conversation.position = ticket?.position;
    const announced = this.#announce(conversation, chat, ticket);
    // Its end, which may come first, is told after it, and in its thread.
    conversation.announced = announced.catch(() => {});
    await announced;
  }

  async #announce(conversation: Conversation, chat: Chat, ticket: Ticket | undefined): Promise<void> {
    const { store, log } = this.#services;
    const { id, user, userName, thread } = conversation.job;
    if (thread === null) {
      const title = threadTitle(conversation.job);
      const previews = () => this.#previews(conversation.job);
      const opened = await chat.openThread(
        placeOfJob(conversation.job),
        { user, userName, title, previews },
        `thread-${id}`,
      );
      const { beginning } = opened;
      const moved = { thread: opened.place.thread };
      conversation.job = { ...conversation.job, ...moved };
      if (beginning) await store.messages.link(beginning, id, 'thread', moved);
      if (opened.notice !== undefined) conversation.notices.push(opened.notice);
    }
    const place = placeOfJob(conversation.job);
    const ref = await chat.post(place, this.#message(conversation, ticket), `status-${id}`);
    await store.messages.link(ref, id, 'status', { thread: place.thread, statusMessage: ref });
    conversation.job = { ...conversation.job, statusMessage: ref };
    conversation.status = new StatusMessage(chat, ref, log);
    // It may have been started meanwhile, and nobody can tell when its next sign comes.
    if (conversation.job.state !== 'waiting') this.#show(conversation);
  }

  /** Small versions of what a job is painted from; what cannot be shown is left out. */
  async #previews(job: Job): Promise<ThreadPreviews> {
    const { images, log } = this.#services;
    const [photograph, style] = await Promise.all(
      [job.content, job.styles[0]?.hash].map(async (hash) => {
        if (hash === undefined) return undefined;
        try {
          const read = () => keptPicture(hash, job, this.#services);
          return await images.preview({ read, person: turnOf(job), owed: true }, PREVIEW_SIDE);
        } catch (err) {
          log.warn({ err, jobId: job.id }, 'a thread begins without its pictures');
          return undefined;
        }
      }),
    );
    return { ...(photograph && { photograph }), ...(style && { style }) };
  }

  /**
   * Answers an ended job, now or as soon as its platform can be reached.
   *
   * @param again - whether an earlier process may have answered it. False by default.
   */
  answer(job: Job, again = false): void {
    const work = this.#answer(job, again).catch((error) => {
      this.#services.log.error({ err: error, jobId: job.id }, 'a job could not be answered');
    });
    this.#answers.add(work);
    void work.finally(() => this.#answers.delete(work));
  }

  /** Settles when a watched job's end is on record and its answer under way. */
  ended(jobId: string): Promise<void> {
    const conversation = this.#open.get(jobId);
    if (!conversation) return Promise.resolve();
    return new Promise((resolve) => conversation.whenEnded.push(resolve));
  }

  /** Settles when all answers that are due have been sent. */
  async settled(): Promise<void> {
    while (this.#answers.size > 0) await Promise.all(this.#answers);
  }

  /** Ends all waiting; what has not been answered is answered after the next start. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#stopping.abort();
    clearTimeout(this.#moving);
    for (const { status } of this.#open.values()) status?.stop();
    await this.settled();
  }

  #happened(event: QueueEvent): Promise<void> | undefined {
    if (event.type === 'moved') {
      this.#moving ??= setTimeout(() => void this.#showPositions(), MOVED_MS).unref();
      return undefined;
    }
    const conversation = this.#open.get(event.jobId);
    if (!conversation) return undefined;
    const recorded = conversation.recorded.then(() => this.#take(conversation, event));
    conversation.recorded = recorded.catch(() => {});
    return recorded;
  }

  async #take(conversation: Conversation, event: JobEvent): Promise<void> {
    const { now } = this.#services;
    switch (event.type) {
      case 'started':
        this.#services.metrics.waited(now() - conversation.job.createdAt);
        await this.#record(conversation, { state: 'running', startedAt: now() });
        this.#show(conversation);
        return;
      case 'progress':
        conversation.progress = event.progress;
        conversation.thumbnail = event.progress.thumbnail ?? conversation.thumbnail;
        this.#show(conversation);
        return;
      case 'retrying':
        conversation.notices.push(event.failure.message);
        this.#show(conversation);
        return;
      case 'done': {
        const { result } = event;
        await this.#recordEnd(conversation, {
          state: 'done',
          finishedAt: now(),
          painterMs: result.painterMs,
          result,
        });
        await this.#speed.record(conversation.job.options, result.work).catch((error) => {
          this.#services.log.warn({ err: error }, 'this machine’s speed cannot be recorded');
        });
        break;
      }
      case 'failed': {
        const { failure, painterMs } = event;
        await this.#recordEnd(conversation, { state: 'failed', finishedAt: now(), painterMs, failure });
        break;
      }
      case 'cancelled':
        await this.#recordEnd(conversation, {
          state: 'cancelled',
          finishedAt: now(),
          painterMs: event.painterMs,
        });
        break;
    }
    this.answer(conversation.job);
    for (const resolve of conversation.whenEnded) resolve();
  }

  async #record(conversation: Conversation, patch: JobPatch): Promise<void> {
    conversation.job = { ...conversation.job, ...patch };
    await this.#services.store.jobs.update(conversation.job.id, patch);
  }

  /**
   * Puts an end on record, however long the database is away: what has been painted is known here alone.
   *
   * @throws ImpastoError `closed` when the bot is stopped before.
   */
  async #recordEnd(conversation: Conversation, patch: JobPatch): Promise<void> {
    const recorded = await this.#persistently(() => this.#record(conversation, patch));
    if (recorded !== 'stopped') return;
    throw new ImpastoError('closed', 'Impasto was stopped before the end of a job was on record.', {
      advice: 'It goes on after the next start.',
    });
  }

  #show(conversation: Conversation, ticket?: Ticket): void {
    conversation.status?.show(() => this.#message(conversation, ticket));
  }

  #message({ job, progress, notices, thumbnail }: Conversation, ticket: Ticket | undefined): Message {
    if (job.state === 'waiting') return waitingMessage(job, ticket, notices);
    const { editAttachments } = this.#services.chats.get(job.platform)?.capabilities ?? {};
    return paintingMessage(job, progress, notices, editAttachments ? thumbnail : undefined);
  }

  async #showPositions(): Promise<void> {
    this.#moving = undefined;
    const waiting = [...this.#open.values()].filter(({ job }) => job.state === 'waiting');
    const tickets = await this.#services.queue.tickets(waiting.map(({ job }) => job.id));
    for (const [jobId, ticket] of tickets) {
      const conversation = this.#open.get(jobId);
      if (conversation?.job.state !== 'waiting') continue;
      const before = conversation.position ?? Number.POSITIVE_INFINITY;
      if (Math.abs(before - ticket.position) < Math.max(1, MOVE_SHARE * ticket.position)) continue;
      conversation.position = ticket.position;
      this.#show(conversation, ticket);
    }
  }

  async #answer(ended: Job, again: boolean): Promise<void> {
    const { store, chats, now } = this.#services;
    const conversation = this.#open.get(ended.id);
    this.#open.delete(ended.id);
    await conversation?.announced;
    conversation?.status?.stop();
    const job = conversation?.job ?? ended;
    const chat = chats.get(job.platform);
    if (!chat) return;
    const status = conversation?.status ?? this.#statusOf(job, chat);
    const ref =
      job.state === 'cancelled'
        ? undefined
        : await this.#persistently((repeated) => deliver(job, this.#services, chat, again || repeated));
    if (ref === 'stopped') return;
    const told = { deliveredAt: now() };
    const recorded = await this.#persistently(() =>
      ref ? store.messages.link(ref, job.id, 'result', told) : store.jobs.update(job.id, told),
    );
    if (recorded === 'stopped') return;
    await status?.finish(lastLine(job));
  }

  #statusOf(job: Job, chat: Chat): StatusMessage | undefined {
    return job.statusMessage ? new StatusMessage(chat, job.statusMessage, this.#services.log) : undefined;
  }

  /** Repeats what fails because something cannot be reached, until the bot stops. */
  async #persistently<Result>(attempt: (repeated: boolean) => Promise<Result>): Promise<Result | 'stopped'> {
    for (let wait = RETRY_MS; ; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
      try {
        return await attempt(wait > RETRY_MS);
      } catch (error) {
        if (!(error instanceof ImpastoError && PASSING.includes(error.code))) throw error;
        this.#services.log.warn({ err: error, waitMs: wait }, 'what a job’s end needs cannot be reached');
      }
      try {
        await delay(wait, undefined, { signal: this.#stopping.signal });
      } catch {
        return 'stopped';
      }
    }
  }
}
