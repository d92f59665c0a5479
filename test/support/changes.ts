import { EventEmitter } from 'node:events';

/** Waiting for what happens on a fake platform. */
export class Changes {
  readonly #changes = new EventEmitter().setMaxListeners(0);

  /** Something has happened: everybody who waits looks again. */
  changed(): void {
    this.#changes.emit('change');
  }

  /** Settles with what the probe returns as soon as that is something; asks after every change. */
  until<Result>(probe: () => Result | undefined | false | null, timeoutMs = 30_000): Promise<Result> {
    return new Promise((resolve, reject) => {
      const look = () => {
        try {
          const found = probe();
          if (found) end(() => resolve(found));
        } catch (error) {
          end(() => reject(error));
        }
      };
      const end = (settle: () => void) => {
        clearTimeout(timer);
        clearInterval(again);
        this.#changes.off('change', look).off('close', forget);
        settle();
      };
      // Nobody waits for a platform that was closed; a rejection would fail a test that has passed.
      const forget = () => end(() => {});
      const late = new Error(`Nothing came within ${timeoutMs} ms: ${probe}`);
      const timer = setTimeout(() => end(() => reject(late)), timeoutMs);
      // A probe may look at more than this platform, such as at what a client has received.
      const again = setInterval(look, 50);
      this.#changes.on('change', look).on('close', forget);
      look();
    });
  }

  /** Ends everything that waits. */
  endWaiting(): void {
    this.#changes.emit('close');
  }
}
