import { closed } from '../queue/errors.ts';

interface Door {
  readonly opened: Promise<void>;
  open(): void;
  shut(): void;
}

/** A platform's events wait at its door until what a stop or a crash has left of it is in the queue again. */
export class Doors {
  readonly #doors = new Map<string, Door>();
  #isShut = false;

  /**
   * Settles when a platform's door is open.
   *
   * @throws ImpastoError `closed` when it is shut for good.
   */
  pass(platform: string): Promise<void> {
    return this.#door(platform).opened;
  }

  open(platform: string): void {
    this.#door(platform).open();
  }

  /** Turns away all that wait and all that come. */
  shut(): void {
    this.#isShut = true;
    for (const door of this.#doors.values()) door.shut();
  }

  #door(platform: string): Door {
    const known = this.#doors.get(platform);
    if (known) return known;
    let [open, shut] = [() => {}, () => {}];
    const opened = new Promise<void>((resolve, reject) => {
      open = resolve;
      shut = () => reject(closed());
    });
    // Nobody may be waiting.
    opened.catch(() => {});
    const door = { opened, open, shut };
    this.#doors.set(platform, door);
    if (this.#isShut) shut();
    return door;
  }
}
