import type { QueueEvent } from './queue.ts';

/** Whoever wants to know what happens in a queue. */
export type Listener = (event: QueueEvent) => void | Promise<void>;

/** The listeners of a queue, whose errors are not the queue's. */
export class Listeners {
  readonly #listeners = new Set<Listener>();
  readonly #onError: (error: unknown, jobId: string | undefined) => void;

  constructor(onError: (error: unknown, jobId: string | undefined) => void) {
    this.#onError = onError;
  }

  /** @returns a function that takes the listener out again. */
  add(listener: Listener): () => void {
    // Added twice, a listener is called twice.
    const own: Listener = (event) => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Calls all listeners at once; settles when all have settled, and never rejects. */
  async tell(event: QueueEvent): Promise<void> {
    const call = async (listener: Listener) => {
      try {
        await listener(event);
      } catch (error) {
        this.#onError(error, event.type === 'moved' ? undefined : event.jobId);
      }
    };
    await Promise.all([...this.#listeners].map(call));
  }

  /** Calls no listener any more. */
  dismiss(): void {
    this.#listeners.clear();
  }
}
