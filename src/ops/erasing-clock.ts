import type { Logger } from './log.ts';

/** Options of {@link ErasingClock}. */
export interface ErasingClockOptions {
  /** Where its times are kept over restarts, by name. */
  readonly marks: {
    get(name: string): Promise<number | undefined>;
    set(name: string, value: number): Promise<void>;
  };
  readonly log: Logger;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: (() => number) | undefined;
}

const DAY_MS = 86_400_000;
/** Between two looks the clock has been set, or nothing ran for long; what was kept for weeks is not erased by mistake. */
const LEAP_MS = 7 * DAY_MS;
const LAST = 'housekeeping, last time';
const WAITS_SINCE = 'housekeeping, waits since';

/**
 * Whether the machine's clock may be believed when what is old is erased, which cannot be undone. A clock that is found
 * more than a week past the last look may have been set wrong: nothing is erased by age for a day from then. When the
 * clock is set right in that day, nothing was lost.
 */
export class ErasingClock {
  readonly #options: ErasingClockOptions;

  constructor(options: ErasingClockOptions) {
    this.#options = options;
  }

  /**
   * Looks at the clock, as often as once an hour.
   *
   * @returns the time, in milliseconds since 1970, or undefined as long as nothing may be erased by it.
   */
  async look(): Promise<number | undefined> {
    const { marks, now: clock = Date.now } = this.#options;
    const now = clock();
    const [last, waitsSince] = [await marks.get(LAST), (await marks.get(WAITS_SINCE)) ?? 0];
    const waited = waitsSince > 0 && now - waitsSince >= DAY_MS;
    // Where a wait is over already, the pause is how this instance is used: it would wait forever.
    const leapt = last === undefined || (now - last > LEAP_MS && !waited);
    const wasSetRight = waitsSince > now;
    const waits = leapt || (!wasSetRight && waitsSince > 0 && now - waitsSince < DAY_MS);
    const since = leapt ? now : waits ? waitsSince : 0;
    // First, so that a process that is killed in between looks upon the leap again.
    if (since !== waitsSince) await marks.set(WAITS_SINCE, since);
    await marks.set(LAST, now);
    if (leapt && last !== undefined) this.#warn(last, now);
    return waits ? undefined : now;
  }

  #warn(last: number, now: number): void {
    const [before, is] = [last, now].map((time) => new Date(time).toISOString());
    this.#options.log.warn(
      { last: before, now: is },
      'the clock is far past the last housekeeping: what is old by it is erased in a day, unless it is set right',
    );
  }
}
