import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Bot } from '../bot/bot.ts';

/** Events that are remembered so that a second delivery is known, after a resumed connection say. */
const REMEMBERED_EVENTS = 5000;

/** Longer than any platform goes on delivering an event again, in seconds. */
const CLAIMED_SECONDS = 3600;

/** The events that a platform delivers: each handled once, over all processes, and none after the stop. */
export class Deliveries {
  readonly #log: Logger;
  readonly #platform: string;
  readonly #seen = new LRUCache<string, true>({ max: REMEMBERED_EVENTS });
  readonly #inHand = new Set<Promise<void>>();
  #stopped = false;

  constructor(platform: string, log: Logger) {
    this.#log = log;
    this.#platform = platform;
  }

  /** Has an event handled unless it was delivered before, here or to another process. */
  async once(id: string, { claim }: Pick<Bot, 'claim'>, handle: () => Promise<void>): Promise<void> {
    if (this.#seen.has(id)) return;
    this.#seen.set(id, true);
    await this.track(async () => {
      if (await claim(`${this.#platform}:${id}`, CLAIMED_SECONDS)) await handle();
    });
  }

  /** Has an event handled, unless there was a stop; a failure is logged, for nobody waits for it. */
  async track(handle: () => Promise<void>): Promise<void> {
    if (this.#stopped) return;
    const work = handle().catch((err) => {
      this.#log.warn({ err }, `an event of ${this.#platform} could not be handled`);
    });
    this.#inHand.add(work);
    await work;
    this.#inHand.delete(work);
  }

  /** Takes no more and settles when those in hand have been handled. */
  async stop(): Promise<void> {
    this.#stopped = true;
    while (this.#inHand.size > 0) await Promise.all(this.#inHand);
  }
}
