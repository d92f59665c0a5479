import type { Logger } from 'pino';

/** Events that are remembered so that a second delivery is known, after a resumed connection say. */
const REMEMBERED_EVENTS = 5000;

/**
 * Takes an event for this process; false when another has taken it, as when two gateways receive the same for a moment.
 * It never rejects: what cannot be asked is taken.
 *
 * @param event - unique over all platforms
 */
export type Claim = (event: string) => Promise<boolean>;

/** The events that a platform delivers: each handled once, over all processes, and none after the stop. */
export class Deliveries {
  readonly #log: Logger;
  readonly #platform: string;
  readonly #claim: Claim | undefined;
  readonly #seen = new Set<string>();
  readonly #inHand = new Set<Promise<void>>();
  #stopped = false;

  /** @param claim - where other processes may receive the same events */
  constructor(platform: string, log: Logger, claim?: Claim) {
    this.#log = log;
    this.#platform = platform;
    this.#claim = claim;
  }

  /** Has an event handled unless it was delivered before, here or to another process. */
  async once(id: string, handle: () => Promise<void>): Promise<void> {
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= REMEMBERED_EVENTS) break;
      this.#seen.delete(oldest);
    }
    await this.track(async () => {
      if (!this.#claim || (await this.#claim(`${this.#platform}:${id}`))) await handle();
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
