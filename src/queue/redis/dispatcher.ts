import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Ticket } from '../queue.ts';
import { acquireLease } from './lease.ts';
import { Reign, type ReignOptions, type View } from './reign.ts';

/** Options of {@link Dispatcher}. */
export interface DispatcherOptions extends ReignOptions {
  /** A connection of its own, for what others publish. */
  readonly subscriber: Redis;
  /** Milliseconds after which another gateway dispatches when this one has gone silent. */
  readonly leaseMs: number;
  /** Milliseconds that an answer may take, a change of the dispatcher included. */
  readonly answerWithinMs: number;
}

/** What can be asked. */
type Question =
  | { readonly what: 'ticket'; readonly jobId: string }
  | { readonly what: 'tickets'; readonly jobIds: readonly string[] | undefined }
  | { readonly what: 'view' };

interface Ask {
  readonly id: number;
  readonly gateway: string;
  readonly question: Question;
}

const ASK_AGAIN_MS = 50;

/**
 * The one dispatcher of all gateways, as one of them sees it: each is ready to be it, one is at a time, and it answers
 * the others. Questions and answers are published and may get lost; nothing but a place that is shown depends on them.
 */
export class Dispatcher {
  readonly gateway = randomUUID();
  readonly #options: DispatcherOptions;
  readonly #closing = new AbortController();
  readonly #asked = new Map<number, (answer: unknown) => void>();
  readonly #led: Promise<void>;
  #reign: Reign | undefined;
  #asks = 0;

  private constructor(options: DispatcherOptions) {
    this.#options = options;
    const { subscriber, link } = options;
    subscriber.on('message', (channel, text) => {
      if (channel === link.names.dispatcher) void this.#hear(text);
      else this.#answered(text);
    });
    this.#led = this.#lead();
  }

  static async open(options: DispatcherOptions): Promise<Dispatcher> {
    const dispatcher = new Dispatcher(options);
    const { names } = options.link;
    try {
      await options.subscriber.subscribe(names.dispatcher, names.answers(dispatcher.gateway));
      return dispatcher;
    } catch (error) {
      await dispatcher.close();
      throw error;
    }
  }

  /** Whether this gateway is the dispatcher. */
  get isLeading(): boolean {
    return this.#reign !== undefined;
  }

  arrived(jobId: string): void {
    this.#reign?.arrived(jobId);
  }

  ended(jobId: string, painterMs: number): void {
    this.#reign?.ended(jobId, painterMs);
  }

  expects(jobId: string, remainingMs: number): void {
    this.#reign?.expects(jobId, remainingMs);
  }

  /** A job's place, null when it does not wait; undefined when no dispatcher has answered in time. */
  async ticket(jobId: string): Promise<Ticket | null | undefined> {
    return (await this.#ask({ what: 'ticket', jobId })) as Ticket | null | undefined;
  }

  /** The places of these jobs, by default of all, next first; undefined when no dispatcher has answered in time. */
  async tickets(jobIds?: readonly string[]): Promise<ReadonlyMap<string, Ticket> | undefined> {
    const answer = await this.#ask({ what: 'tickets', jobIds });
    return answer === undefined ? undefined : new Map(answer as [string, Ticket][]);
  }

  async view(): Promise<View | undefined> {
    return (await this.#ask({ what: 'view' })) as View | undefined;
  }

  /** Leaves dispatching to another. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#led;
  }

  async #lead(): Promise<void> {
    const { link, leaseMs: ttlMs } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const lease = await acquireLease(link, { name: 'dispatcher', ttlMs, signal }).catch(() => undefined);
      if (!lease) continue;
      const ended = AbortSignal.any([lease.lost, signal]);
      this.#reign = new Reign(this.#options, ended);
      await new Promise<void>((resolve) => {
        if (ended.aborted) resolve();
        ended.addEventListener('abort', () => resolve());
      });
      this.#reign = undefined;
      await lease.release();
    }
  }

  async #ask(question: Question): Promise<unknown> {
    const { link, answerWithinMs } = this.#options;
    const until = performance.now() + answerWithinMs;
    while (performance.now() < until && link.isReady && !this.#closing.signal.aborted) {
      if (this.#reign) {
        const answer = await answerOf(this.#reign, question).catch(() => undefined);
        if (answer !== undefined) return answer;
      } else {
        const answer = await this.#askOther(question, until).catch(() => undefined);
        if (answer !== undefined) return answer;
      }
      await delay(ASK_AGAIN_MS);
    }
    return undefined;
  }

  async #askOther(question: Question, until: number): Promise<unknown> {
    const { redis, names } = this.#options.link;
    this.#asks += 1;
    const ask: Ask = { id: this.#asks, gateway: this.gateway, question };
    const patience = new AbortController();
    try {
      return await Promise.race([
        new Promise((resolve) => {
          this.#asked.set(ask.id, resolve);
          redis.publish(names.dispatcher, JSON.stringify(ask)).catch(() => resolve(undefined));
        }),
        // Who was asked may have gone before it could answer.
        delay(Math.min(10 * ASK_AGAIN_MS, until - performance.now()), undefined, { signal: patience.signal }),
      ]);
    } finally {
      patience.abort();
      this.#asked.delete(ask.id);
    }
  }

  /** Nothing at all says that there is a change to look at. */
  async #hear(text: string): Promise<void> {
    const reign = this.#reign;
    if (!reign) return;
    if (text === '') return reign.refresh();
    const ask = read<Ask>(text);
    if (!ask?.question) return;
    const { id, gateway, question } = ask;
    const answer = await answerOf(reign, question).catch(() => undefined);
    if (answer === undefined) return;
    const { redis, names } = this.#options.link;
    await redis.publish(names.answers(gateway), JSON.stringify({ id, answer })).catch(() => {});
  }

  #answered(text: string): void {
    const said = read<{ id: number; answer: unknown }>(text);
    if (said) this.#asked.get(said.id)?.(said.answer);
  }
}

/** A message; undefined for what is none, as anybody may publish anything. */
function read<Message>(text: string): Message | undefined {
  try {
    return (JSON.parse(text) as Message | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** As plain data. */
async function answerOf(reign: Reign, question: Question): Promise<unknown> {
  switch (question.what) {
    case 'ticket':
      return (await reign.ticket(question.jobId)) ?? null;
    case 'tickets':
      return [...(await reign.tickets(question.jobIds))];
    case 'view':
      return reign.view();
  }
}
