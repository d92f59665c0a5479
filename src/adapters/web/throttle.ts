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
  /** Times by network; who did it last is last. */
  readonly #times = new Map<string, readonly number[]>();

  constructor(caps: ThrottleCaps) {
    this.#caps = caps;
  }

  /** Whether a network has done it too often. */
  hasHadEnough(network: string): boolean {
    return this.#recent(network).length >= this.#caps.most;
  }

  note(network: string): void {
    const times = [...this.#recent(network), performance.now()].slice(-this.#caps.most);
    this.#times.delete(network);
    this.#times.set(network, times);
    const [eldest] = this.#times.keys();
    if (this.#times.size > this.#caps.networks && eldest !== undefined) this.#times.delete(eldest);
  }

  #recent(network: string): readonly number[] {
    const since = performance.now() - this.#caps.withinMs;
    return (this.#times.get(network) ?? []).filter((at) => at > since);
  }
}
