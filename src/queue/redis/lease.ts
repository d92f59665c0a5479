import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisLink } from './connection.ts';

/** Options of {@link acquireLease}. */
export interface LeaseOptions {
  /** What only one may hold at a time. */
  readonly name: string;
  /** Milliseconds after which a lease that is not renewed is free; default 5000. It is renewed three times in it. */
  readonly ttlMs?: number;
  /** Ends the waiting; a lease that is held is not touched. */
  readonly signal?: AbortSignal;
}

/** A lease that is held. */
export interface HeldLease {
  /** Grows with every holder of this name, so that what an earlier one left can be told from what a later one did. */
  readonly token: number;
  /**
   * Aborted when the lease is not held any more: given back, taken away, or not renewed in time, as when the server is
   * away. It is aborted before anybody else can hold the lease, as far as this process's clock runs.
   */
  readonly lost: AbortSignal;
  /** Gives it back at once. Never rejects: where the server is away, the lease runs out. */
  release(): Promise<void>;
}

const DEFAULT_TTL_MS = 5000;

/** The holder's name, or nothing; the token is that of the name's history, which outlives the lease. */
const ACQUIRE = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return redis.call('INCR', KEYS[2]) end
return 0`;
/** A lease that is not there within its time has been lost by the server, and nobody else has taken it: it is restored. */
const RENEW = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[3], 'NX')
return 1`;
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/**
 * Waits for a lease and holds it until it is released or lost.
 *
 * @throws the signal's reason when it is aborted first; a server that is away is waited for.
 */
export async function acquireLease(link: RedisLink, options: LeaseOptions): Promise<HeldLease> {
  const { name, ttlMs = DEFAULT_TTL_MS, signal } = options;
  const key = link.names.lease(name);
  const holder = randomUUID();
  for (;;) {
    signal?.throwIfAborted();
    const asked = performance.now();
    const token = await link.redis.eval(ACQUIRE, 2, key, `${key}:token`, holder, ttlMs).then(Number, () => 0);
    if (token > 0) return hold(link, { key, holder, ttlMs, token, until: asked + ttlMs });
    await delay(ttlMs / 6, undefined, { ...(signal && { signal }) });
  }
}

interface Holding {
  readonly key: string;
  readonly holder: string;
  readonly ttlMs: number;
  readonly token: number;
  /** On performance.now()'s clock. */
  readonly until: number;
}

function hold(link: RedisLink, { key, holder, ttlMs, token, until }: Holding): HeldLease {
  const lost = new AbortController();
  let renewal: NodeJS.Timeout | undefined;
  let deadline = setTimeout(() => lost.abort(), until - performance.now());
  const renew = async () => {
    const asked = performance.now();
    // What fails or has no answer is soon tried again, until the time has run out.
    const renewed = link.redis.eval(RENEW, 2, key, `${key}:token`, holder, ttlMs, token);
    const patience = delay(ttlMs / 6, undefined, { ref: false });
    const held = await Promise.race([renewed, patience]).catch(() => undefined);
    if (lost.signal.aborted) return;
    if (held === 0) return lost.abort();
    if (held === 1) {
      clearTimeout(deadline);
      deadline = setTimeout(() => lost.abort(), asked + ttlMs - performance.now());
    }
    renewal = setTimeout(renew, held === 1 ? ttlMs / 3 : ttlMs / 30);
  };
  renewal = setTimeout(renew, ttlMs / 3);
  lost.signal.addEventListener('abort', () => {
    clearTimeout(deadline);
    clearTimeout(renewal);
  });
  return {
    token,
    lost: lost.signal,
    async release() {
      if (lost.signal.aborted) return;
      lost.abort();
      await link.redis.eval(RELEASE, 1, key, holder).catch(() => undefined);
    },
  };
}
