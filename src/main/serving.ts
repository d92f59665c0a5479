import { setTimeout as delay } from 'node:timers/promises';
import type { Claim } from '../bot/services.ts';
import { ImpastoError } from '../nst/errors.ts';
import type { Logger } from '../ops/log.ts';
import { createClaim } from '../queue/redis/claims.ts';
import type { RedisLink } from '../queue/redis/connection.ts';
import { acquireLease, type HeldLease } from '../queue/redis/lease.ts';

/** After this time another gateway takes over, in milliseconds: Redis may be away for nearly as long, as for a restart. */
const TTL_MS = 15_000;
/** A gateway that waits for longer says so, in milliseconds. */
const PATIENCE_MS = 1000;
/** Discord gives an event three seconds; whether another gateway has it is asked for no longer than this. */
const CLAIM_MS = 500;

/** The right to serve scopes (see ChatAdapter), each of which one of all gateways on a Redis has at a time. */
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

  /**
   * Aborted when the right to one of the scopes has been given back or has gone to another: from then on nothing may be
   * taken or sent. Its reason is ImpastoError `closed`.
   */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Waits until no other gateway serves a scope.
   *
   * @throws the signal's reason when it is aborted first.
   */
  async acquire(scope: string, signal: AbortSignal): Promise<void> {
    if (!this.#link) return;
    const standingBy = () => this.#log.info({ scope }, 'another gateway serves this: standing by');
    const patience = setTimeout(standingBy, PATIENCE_MS);
    try {
      const lease = await acquireLease(this.#link, { name: `gateway ${scope}`, ttlMs: TTL_MS, signal });
      this.#leases.push(lease);
      lease.lost.addEventListener('abort', () => this.#lost.abort(superseded()));
    } finally {
      clearTimeout(patience);
    }
  }

  /** Lets other gateways take over at once. */
  async release(): Promise<void> {
    await Promise.all(this.#leases.map((lease) => lease.release()));
  }
}

function superseded(): ImpastoError {
  return new ImpastoError('closed', 'Redis was away for too long, or another gateway serves this now.', {
    advice: 'Start it again: it stands by until it is needed.',
  });
}

/** Claims by a Redis; what cannot be asked there in time is taken. */
export function claimOn(link: RedisLink, log: Pick<Logger, 'warn'>): Claim {
  const claim = createClaim(link);
  return async (id, seconds) => {
    const late = delay(CLAIM_MS, undefined, { ref: false });
    const taken = await Promise.race([claim(id, seconds), late]).catch(() => undefined);
    if (taken === undefined) log.warn({ id }, 'it cannot be told whether another gateway handles this, too');
    return taken ?? true;
  };
}
