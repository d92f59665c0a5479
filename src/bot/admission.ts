import { randomInt } from 'node:crypto';
import type { Job, NewJob } from '../core/job.ts';
import type { ServerKey } from '../core/keys.ts';
import { withoutReordering } from '../core/text-direction.ts';
import { about, ImpastoError } from '../nst/errors.ts';
import { checkPaintable } from '../nst/image/limits.ts';
import type { Size } from '../nst/image/resize.ts';
import { parseSettings, type StylizeSettings } from '../nst/settings.ts';
import type { Ticket } from '../queue/queue.ts';
import type { Actor, Message, Place } from './chat.ts';
import type { Conversations } from './conversations.ts';
import { keepPictures, type RequestPicture } from './intake.ts';
import { type Decision, decide, type Limits, limitsInForce } from './limits.ts';
import { Locks } from './locks.ts';
import { waitingMessage } from './messages.ts';
import type { Services } from './services.ts';
import { checkMemory, paintedOptions, queuedJob, type Speed } from './tasks.ts';
import { apology, counted } from './text.ts';

const DAY_MS = 86_400_000;
/** Without the letters and digits that are taken for one another. */
const ID_ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const ID_LENGTH = 8;

/** A request whose pictures have been taken in, before limits have been asked. */
export interface Draft
  extends Pick<
    NewJob,
    'kind' | 'parentId' | 'change' | 'options' | 'content' | 'styles' | 'mask' | 'init' | 'lane'
  > {
  readonly actor: Actor;
  readonly place: Place;
  /** The photograph's proportions, for estimates. */
  readonly photograph: Size;
  /** Those of its pictures that are not kept yet; they are when the request is accepted. */
  readonly pictures?: readonly RequestPicture[];
  readonly notices: readonly string[];
  /**
   * Looks at the options that limits have left.
   *
   * @throws ImpastoError when they are no longer worth painting.
   */
  readonly stillWorthIt?: (options: NewJob['options'], notices: readonly string[]) => void;
}

/** Where requests become jobs: limits, memory and the queue are asked, the job is put on record, then told. */
export class Admission {
  readonly #services: Services;
  readonly #conversations: Conversations;
  readonly #speed: Speed;
  readonly #locks = new Locks();

  constructor(services: Services, conversations: Conversations, speed: Speed) {
    this.#services = services;
    this.#conversations = conversations;
    this.#speed = speed;
  }

  /**
   * Accepts a request: what it returns for is on disk and will be answered, whatever becomes of its status.
   *
   * @returns what remains to be told where the request came from: nothing, when the status could be posted.
   * @throws ImpastoError `not-allowed`, `over-limit`, `out-of-memory`, `queue-full`, `bad-setting`, `picture-too-narrow`,
   *   `disk-full`, `not-writable`, `store-failed`; nothing of its pictures is kept then.
   */
  async accept(draft: Draft): Promise<Message | undefined> {
    const { job, ticket } = await this.locked(draft.place, () => this.#take(draft));
    this.#services.metrics.accepted(job);
    try {
      await this.#conversations.announce(job.id, ticket);
      return undefined;
    } catch (error) {
      const foreseen = error instanceof ImpastoError;
      this.#services.log[foreseen ? 'info' : 'error'](
        { err: error, jobId: job.id },
        'a status cannot be posted',
      );
      const { text } = waitingMessage(job, ticket);
      const why = foreseen ? `: ${apology(error)}` : '.';
      return { text: `${text}\n⚠ I cannot show its progress here${why}`, private: true };
    }
  }

  /**
   * Asks limits, quotas and the queue, before anything of a request is fetched or kept.
   *
   * @returns the options that limits leave.
   * @throws ImpastoError `not-allowed`, `over-limit`, `queue-full`, `bad-setting`
   */
  async decide({
    actor,
    place,
    options,
    styles,
  }: Pick<Draft, 'actor' | 'place' | 'options'> & { readonly styles: readonly unknown[] }): Promise<
    Decision & { readonly limits: Limits }
  > {
    const { store, queue, settings, now } = this.#services;
    const key = { platform: place.platform, server: place.server };
    const limits = limitsInForce(await store.servers.limits(key), settings.maxima);
    const time = now();
    const spending = await store.jobs.spending(key, time - DAY_MS);
    const { size, iterations } = parseSettings(options, styles.length);
    const request = { actor, channel: place.channel, options: { ...options, size, iterations } };
    const decision = decide(request, limits, spending, time);
    const { waiting, capacity } = await queue.stats();
    if (waiting >= capacity) {
      throw new ImpastoError('queue-full', `The queue is full: ${counted(capacity, 'job')} are waiting.`, {
        advice: 'Try again in a few minutes; what was accepted is not lost.',
      });
    }
    return { ...decision, limits };
  }

  /** Runs a task while no other reads or writes this server's limits and quotas. */
  locked<Result>({ platform, server }: ServerKey, task: () => Promise<Result>): Promise<Result> {
    return this.#locks.run(`${platform}:${server}`, task);
  }

  async #take(draft: Draft): Promise<{ job: Job; ticket: Ticket | undefined }> {
    const { store, settings, keeping, now } = this.#services;
    const { actor, place } = draft;
    const { options, notices, limits } = await this.decide(draft);
    draft.stillWorthIt?.(options, notices);
    const recipe = { ...draft, options };
    checkThickness(draft, parseSettings(paintedOptions(recipe), draft.styles.length), limits.maxSize);
    checkMemory(recipe, draft.photograph, settings.painterMemory);
    const estimateMs = await this.#speed.estimate(recipe, draft.photograph);
    const owner = { platform: place.platform, server: place.server, user: actor.id };
    const { pictures = [] } = draft;
    await keepPictures(pictures, owner, this.#services);
    const job: NewJob = {
      id: newId(),
      ...place,
      kind: draft.kind,
      parentId: draft.parentId,
      change: draft.change,
      user: actor.id,
      userName: withoutReordering(actor.name).trim() || actor.id,
      options,
      content: draft.content,
      styles: draft.styles,
      mask: draft.mask,
      init: draft.init,
      lane: draft.lane,
      maxConcurrent: limits.concurrentPerUser,
      estimateMs,
      notices: [...draft.notices, ...notices],
      createdAt: now(),
    };
    await store.jobs.insert(job).catch(async (error) => {
      await keeping.takeBack(
        pictures.map(({ hash }) => hash),
        owner,
      );
      throw error;
    });
    return { job: accepted(job), ticket: await this.submit(accepted(job)) };
  }

  /**
   * Hands a job on record to the queue, after a restart as at first.
   *
   * @returns undefined when the queue is closing: the job stays on record and is painted after the next start.
   */
  async submit(job: Job): Promise<Ticket | undefined> {
    this.#conversations.watch(job);
    try {
      return await this.#services.queue.submit(queuedJob(job), {
        accepted: true,
        isOver: () => this.#conversations.isOver(job.id),
      });
    } catch (error) {
      if (error instanceof ImpastoError && error.code === 'closed') return undefined;
      throw error;
    }
  }
}

/** @throws ImpastoError `picture-too-narrow` for a photograph or a painting of which too thin a strip would be used */
function checkThickness(
  { photograph, pictures = [] }: Draft,
  { size, styleScale }: StylizeSettings,
  largest: number,
): void {
  const given = pictures.find(({ role }) => role === 'photograph');
  const used = [{ subject: given?.subject ?? 'The photograph', of: photograph, longerSide: size }];
  for (const { role, subject, size: of } of pictures) {
    // A painting is never enlarged.
    const longerSide = Math.min(Math.round(size * styleScale), Math.max(of.width, of.height));
    if (role === 'painting') used.push({ subject, of, longerSide });
  }
  for (const { subject, of, longerSide } of used) {
    try {
      checkPaintable(of, longerSide, largest);
    } catch (error) {
      throw about(error, subject);
    }
  }
}

/** A job as it is on record just after its acceptance. */
function accepted(job: NewJob): Job {
  return {
    ...job,
    state: 'waiting',
    startedAt: null,
    finishedAt: null,
    painterMs: 0,
    result: null,
    failure: null,
    statusMessage: null,
    deliveredAt: null,
    deletedAt: null,
  };
}

function newId(): string {
  return Array.from({ length: ID_LENGTH }, () => ID_ALPHABET[randomInt(ID_ALPHABET.length)]).join('');
}
