const DISCORD_EPOCH = 1_420_070_400_000n;

/**
 * The platform's time: real time, moved forward by tests that age tokens and messages. What is due at a time of
 * this clock falls due at once when it is moved past it.
 */
export class Clock {
  #ahead = 0;
  #increment = 0n;
  readonly #due = new Map<() => void, { at: number; timer: NodeJS.Timeout }>();

  now(): number {
    return Date.now() + this.#ahead;
  }

  iso(): string {
    return new Date(this.now()).toISOString();
  }

  /** Lets time pass for the platform alone. */
  advance(ms: number): void {
    this.#ahead += ms;
    for (const [action, { at }] of [...this.#due]) if (at <= this.now()) this.#fire(action);
  }

  /** Runs an action once after so many milliseconds of this clock; returns what calls it off. */
  after(ms: number, action: () => void): () => void {
    const timer = setTimeout(() => this.#fire(action), ms);
    this.#due.set(action, { at: this.now() + ms, timer });
    return () => this.#forget(action);
  }

  /** An id that carries the time and sorts by it. */
  snowflake(): string {
    this.#increment += 1n;
    return (((BigInt(this.now()) - DISCORD_EPOCH) << 22n) | (this.#increment & 0x3fffffn)).toString();
  }

  /** Calls everything off, so that no timer outlives the platform. */
  stop(): void {
    for (const action of [...this.#due.keys()]) this.#forget(action);
  }

  #fire(action: () => void): void {
    this.#forget(action);
    action();
  }

  #forget(action: () => void): void {
    clearTimeout(this.#due.get(action)?.timer);
    this.#due.delete(action);
  }
}

/** When a snowflake was made, in milliseconds since 1970. */
export function timeOf(snowflake: string): number {
  return Number((BigInt(snowflake) >> 22n) + DISCORD_EPOCH);
}
