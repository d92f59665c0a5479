import type { Simulation } from './simulation.ts';
import type { Tenant, Waiting } from './waiting.ts';

/** A job on a painter. */
export interface Busy {
  readonly user: Tenant;
  /** When it ends, in milliseconds since 1970. */
  readonly endsAt: number;
}

/** What a forecast starts from. */
export interface ForecastOptions {
  readonly simulation: Simulation;
  readonly painters: number;
  readonly busy: readonly Busy[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What a millisecond of painting at a time is charged as. */
  readonly weight: (at: number) => number;
}

/**
 * The order in which waiting jobs start, and when, if every job takes as long as estimated and no other comes. It is
 * worked out only as far as somebody asks, and void with the next change of the queue.
 */
export class Forecast {
  readonly #options: ForecastOptions;
  readonly #order: Waiting[] = [];
  /** By their end, first to end first. */
  readonly #busy: Busy[];
  #at: number;
  #weight: number;

  constructor(options: ForecastOptions) {
    this.#options = options;
    this.#busy = [...options.busy].sort((a, b) => a.endsAt - b.endsAt);
    this.#at = options.now;
    this.#weight = options.weight(options.now);
  }

  /** Sees to it that a waiting job's place is known. */
  reach(waiting: Waiting): void {
    while (this.#order[waiting.position - 1] !== waiting && this.#step());
  }

  /** The waiting job that starts next. */
  first(): Waiting | undefined {
    if (this.#order.length === 0) this.#step();
    return this.#order[0];
  }

  /** All waiting jobs, next first. */
  all(): readonly Waiting[] {
    while (this.#step());
    return this.#order;
  }

  /** Starts the next job; false when there is none. */
  #step(): boolean {
    const { simulation, painters } = this.#options;
    for (;;) {
      const queue = this.#busy.length < painters ? simulation.next() : undefined;
      if (queue) {
        const waiting = queue.next as Waiting;
        const { estimateMs } = waiting.job;
        simulation.start(queue, estimateMs * this.#weight);
        this.#occupy({ user: queue.user, endsAt: this.#at + estimateMs });
        waiting.position = this.#order.push(waiting);
        waiting.startsAt = this.#at;
        return true;
      }
      const ended = this.#busy.shift();
      if (!ended) return false;
      simulation.end(ended.user);
      if (ended.endsAt <= this.#at) continue;
      this.#at = ended.endsAt;
      this.#weight = this.#options.weight(this.#at);
    }
  }

  #occupy(job: Busy): void {
    const busy = this.#busy;
    let at = busy.length;
    for (; at > 0 && (busy[at - 1] as Busy).endsAt > job.endsAt; at--) busy[at] = busy[at - 1] as Busy;
    busy[at] = job;
  }
}
