import type { Logger } from 'pino';

/** Events that are remembered so that a second delivery is known, after a resumed connection say. */
const REMEMBERED_EVENTS = 5000;

/** The events that a platform delivers: each handled once, and none after the stop. */
export class Deliveries {
  readonly #log: Logger;
  readonly #what: string;
  readonly #seen = new Set<string>();
  readonly #inHand = new Set<Promise<void>>();
  #stopped = false;

  /** @param what - the platform's name for the log. */
  constructor(what: string, log: Logger) {
    this.#what = what;
    this.#log = log;
  }

  /** False for an event that was delivered before. */
  isNew(id: string): boolean {
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= REMEMBERED_EVENTS) break;
      this.#seen.delete(oldest);
    }
    return true;
  }

  /** Has an event handled, unless there was a stop; a failure is logged, for nobody waits for it. */
  async track(handle: () => Promise<void>): Promise<void> {
    if (this.#stopped) return;
    const work = handle().catch((err) => {
      this.#log.warn({ err }, `an event of ${this.#what} could not be handled`);
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
