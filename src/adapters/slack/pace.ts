const MINUTE_MS = 60_000;

/** Keeps calls of one kind within their number a minute, and within what Slack said to wait. */
export class Pace {
  readonly #perMinute: number;
  readonly #recent: number[] = [];
  #blockedUntil = 0;
  #turn: Promise<void> = Promise.resolve();

  /** @param perMinute - calls in any 60 s. */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Settles when the next call may be made; calls get their turns in order. */
  next(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#wait());
    return this.#turn;
  }

  /** No call for so many milliseconds from now. */
  block(ms: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, performance.now() + ms);
  }

  async #wait(): Promise<void> {
    for (;;) {
      const now = performance.now();
      while (this.#recent[0] !== undefined && this.#recent[0] <= now - MINUTE_MS) this.#recent.shift();
      const full = this.#recent.length >= this.#perMinute ? (this.#recent[0] ?? now) + MINUTE_MS - now : 0;
      const wait = Math.max(full, this.#blockedUntil - now);
      if (wait <= 0) break;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    this.#recent.push(performance.now());
  }
}
