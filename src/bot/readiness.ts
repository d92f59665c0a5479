import { closed } from '../queue/errors.ts';

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
  close(): void;
}

/** A platform's events wait until it is ready: until what a stop or a crash has left of it is in the queue again. */
export class Readiness {
  readonly #gates = new Map<string, Gate>();
  #closed = false;

  /**
   * Settles when a platform is ready.
   *
   * @throws ImpastoError `closed` when it will not be.
   */
  wait(platform: string): Promise<void> {
    return this.#gate(platform).opened;
  }

  /** Lets in all that wait and all that come. */
  ready(platform: string): void {
    this.#gate(platform).open();
  }

  /** Turns away all that wait, and all that come to a platform that is not ready. */
  close(): void {
    this.#closed = true;
    for (const gate of this.#gates.values()) gate.close();
  }

  #gate(platform: string): Gate {
    const known = this.#gates.get(platform);
    if (known) return known;
    let [open, close] = [() => {}, () => {}];
    const opened = new Promise<void>((resolve, reject) => {
      open = resolve;
      close = () => reject(closed());
    });
    // Nobody may be waiting.
    opened.catch(() => {});
    const gate = { opened, open, close };
    this.#gates.set(platform, gate);
    if (this.#closed) close();
    return gate;
  }
}
