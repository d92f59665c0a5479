import { createHash } from 'node:crypto';
import type { World } from '../world.ts';
import type { Route } from './call.ts';

/** Something that goes wrong with requests that a test names. */
export interface Fault {
  readonly method?: Route['method'];
  /** What the path must match, such as `/channels/1/messages`, without `/api/v10`. */
  readonly path?: RegExp;
  /** How many requests it hits; default 1. */
  readonly times?: number;
  /** Seconds; the request is answered with a 429. */
  readonly retryAfter?: number;
  /** The 429 is for every route. */
  readonly global?: boolean;
  /** Answers with this status, such as 503. */
  readonly status?: number;
  /** Cuts the connection instead of answering. */
  readonly cut?: boolean;
  /** Does what was asked before it fails, so that the client cannot know. */
  readonly performed?: boolean;
}

export interface LimitAnswer {
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds, where the request is refused. */
  readonly retryAfter?: number;
  readonly global?: boolean;
}

/** A timer may fire a moment early, and clocks have milliseconds. */
const TOLERANCE_MS = 5;
/** A request for another bucket may have been on its way when a global limit was announced. */
const IN_FLIGHT_MS = 250;
/** Requests of a bot in a second, over all routes. */
const GLOBAL_PER_SECOND = 50;

/**
 * Counts requests by bucket and announces limits as Discord does: a bucket is a route and its channel, guild or
 * webhook. Real time counts here, since it is what a client waits in.
 */
export class RateLimits {
  /** Whether routes have limits of their own; scheduled ones count always. */
  enforced: boolean;
  readonly #world: World;
  readonly #used = new Map<string, number[]>();
  readonly #until = new Map<string, number>();
  readonly #faults: { fault: Fault; left: number }[] = [];
  #globalUntil = 0;
  #globalSince = 0;
  #recent: number[] = [];

  constructor(world: World, enforced: boolean) {
    this.#world = world;
    this.enforced = enforced;
  }

  schedule(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  /** The fault that hits this request, if any; uses it up. */
  takeFault(method: string, path: string): Fault | undefined {
    const hit = this.#faults.find(
      ({ fault, left }) =>
        left > 0 &&
        (fault.method === undefined || fault.method === method) &&
        (fault.path === undefined || fault.path.test(path)),
    );
    if (hit) hit.left -= 1;
    return hit?.fault;
  }

  /** Counts a request. */
  count(route: Route, major: string, fault: Fault | undefined): LimitAnswer {
    const key = `${route.method} ${route.path} ${major}`;
    const now = Date.now();
    const bucket = createHash('sha256').update(`${route.method} ${route.path}`).digest('hex').slice(0, 32);
    const { limit } = route;
    const used = (this.#used.get(key) ?? []).filter((at) => limit && now - at < limit.perMs);
    const headers: Record<string, string> = { 'x-ratelimit-bucket': bucket };

    const refuse = (ms: number, global = false): LimitAnswer => {
      const retryAfter = Math.max(0.001, Math.ceil(ms) / 1000);
      headers['retry-after'] = String(retryAfter);
      headers['x-ratelimit-scope'] = global ? 'global' : 'user';
      if (global) headers['x-ratelimit-global'] = 'true';
      return { headers, retryAfter, global };
    };
    const wait = (this.#until.get(key) ?? 0) - now;
    if (wait > TOLERANCE_MS) {
      this.#world.violate(`rate limit: ${key} asked again ${wait} ms before Retry-After was over`);
      return refuse(wait);
    }
    // The limit of all requests together does not count answers to interactions.
    const globalWait = route.open ? 0 : this.#globalUntil - now;
    if (globalWait > TOLERANCE_MS) {
      if (now - this.#globalSince > IN_FLIGHT_MS) {
        this.#world.violate(
          `rate limit: ${key} asked ${globalWait} ms before the global Retry-After was over`,
        );
      }
      return refuse(globalWait, true);
    }
    if (fault?.retryAfter !== undefined) {
      const until = now + fault.retryAfter * 1000;
      if (fault.global) [this.#globalUntil, this.#globalSince] = [until, now];
      else this.#until.set(key, until);
      return refuse(fault.retryAfter * 1000, fault.global);
    }
    if (!this.enforced) return { headers };
    if (!route.open) {
      this.#recent = this.#recent.filter((at) => now - at < 1000);
      if (this.#recent.length >= GLOBAL_PER_SECOND) {
        const ms = (this.#recent[0] ?? now) + 1000 - now;
        [this.#globalUntil, this.#globalSince] = [now + ms, now];
        return refuse(ms, true);
      }
      this.#recent.push(now);
    }
    if (!limit) return { headers };
    const resetAfter = Math.max(0, (used[0] ?? now) + limit.perMs - now);
    if (used.length >= limit.requests) {
      this.#until.set(key, now + resetAfter);
      return refuse(resetAfter);
    }
    used.push(now);
    this.#used.set(key, used);
    headers['x-ratelimit-limit'] = String(limit.requests);
    headers['x-ratelimit-remaining'] = String(limit.requests - used.length);
    headers['x-ratelimit-reset'] = String((now + resetAfter) / 1000);
    headers['x-ratelimit-reset-after'] = String(resetAfter / 1000);
    return { headers };
  }
}
