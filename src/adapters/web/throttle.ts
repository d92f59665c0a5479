import { LRUCache } from 'lru-cache';

/** What a {@link Throttle} bounds. */
export interface ThrottleCaps {
  /** So often within the time is too often. */
  readonly most: number;
  readonly withinMs: number;
  /** Who is remembered at most; those who were longest without an entry are forgotten first. */
  readonly networks: number;
}

/** Counts what each network does of late, in bounded memory. */
export class Throttle {
  readonly #caps: ThrottleCaps;
  readonly #times: LRUCache<string, readonly number[]>;

  constructor(caps: ThrottleCaps) {
    this.#caps = caps;
    this.#times = new LRUCache({ max: caps.networks });
  }

  /** Whether a network has done it too often. */
  hasHadEnough(network: string): boolean {
    return this.#recent(network).length >= this.#caps.most;
  }

  note(network: string): void {
    this.#times.set(network, [...this.#recent(network), performance.now()].slice(-this.#caps.most));
  }

  #recent(network: string): readonly number[] {
    const since = performance.now() - this.#caps.withinMs;
    return (this.#times.peek(network) ?? []).filter((at) => at > since);
  }
}
