import type { Claim } from './bot/services.ts';
import type { Logger } from './ops/log.ts';
import { createClaim } from './queue/redis/claims.ts';
import type { RedisLink } from './queue/redis/connection.ts';
import { acquireLease, type HeldLease } from './queue/redis/lease.ts';

/** Longer than Redis takes to start again: for that no other gateway has to take over. */
const TTL_MS = 15_000;
/** A gateway that waits for longer says so, in milliseconds. */
const PATIENCE_MS = 1000;

/** The right to serve some scopes (see ChatAdapter), which of all gateways on a Redis one has at a time. */
export class Serving {
  readonly #link: RedisLink | undefined;
  readonly #log: Pick<Logger, 'info'>;
  readonly #leases: HeldLease[] = [];
  readonly #lost = new AbortController();

  /** @param link - undefined where there is no other gateway. */
  constructor(link: RedisLink | undefined, log: Pick<Logger, 'info'>) {
    this.#link = link;
    this.#log = log;
  }

  /** Aborted when the right has been given back or has gone to another: from then on nothing may be taken or sent. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Waits until no other gateway serves any of the scopes.
   *
   * @throws the signal's reason when it is aborted first.
   */
  async acquire(scopes: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    // All gateways take them in the same order, so that no two wait for each other.
    for (const scope of this.#link ? [...scopes].sort() : []) {
      const standingBy = () => this.#log.info({ scope }, 'another gateway serves this: standing by');
      const patience = setTimeout(standingBy, PATIENCE_MS);
      const name = `gateway ${scope}`;
      const wait = acquireLease(this.#link as RedisLink, { name, ttlMs: TTL_MS, ...(signal && { signal }) });
      const lease = await wait.finally(() => clearTimeout(patience));
      this.#leases.push(lease);
      lease.lost.addEventListener('abort', () => this.#lost.abort());
    }
  }

  /** Lets another gateway take over at once. */
  async release(): Promise<void> {
    await Promise.all(this.#leases.map((lease) => lease.release()));
  }
}

/** Claims by a Redis; what cannot be asked there is taken. */
export function claimOn(link: RedisLink, log: Pick<Logger, 'warn'>): Claim {
  const claim = createClaim(link);
  return (id, seconds) =>
    claim(id, seconds).catch((err) => {
      log.warn({ err, id }, 'it cannot be told whether another gateway handles this, too');
      return true;
    });
}
