import { ImpastoError } from '../../nst/errors.ts';
import type { WireUpdate } from './wire.ts';

/** How many pages may listen at once: in all, and one person's. Others ask now and then. */
export interface StreamCaps {
  readonly all: number;
  readonly ofPerson: number;
}

interface Listener {
  readonly person: string;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
}

/** A page that lets so many bytes pile up is sent away; it comes back and catches up. */
const MOST_WAITING_BYTES = 1_000_000;
/** Proxies and browsers end a connection on which nothing comes; milliseconds. */
const HEARTBEAT_MS = 15_000;

const encoder = new TextEncoder();

/** The pages that listen for what is new, by server-sent events. */
export class Streams {
  readonly #caps: StreamCaps;
  readonly #listeners = new Set<Listener>();
  readonly #heart: NodeJS.Timeout;

  constructor(caps: StreamCaps) {
    this.#caps = caps;
    this.#heart = setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
  }

  get open(): number {
    return this.#listeners.size;
  }

  /**
   * Lets a page listen, beginning with what it has missed.
   *
   * @param missed - is asked when the page listens already, so that nothing falls in between.
   * @throws ImpastoError `over-limit` when too many listen.
   */
  listen(person: string, missed: () => Promise<WireUpdate>): Response {
    const own = [...this.#listeners].filter((listener) => listener.person === person).length;
    if (own >= this.#caps.ofPerson || this.#listeners.size >= this.#caps.all) {
      throw new ImpastoError('over-limit', 'Too many pages listen to the studio already.', {
        advice: 'Close some of them; this one asks every few seconds until then.',
      });
    }
    let listener: Listener;
    const stream = new ReadableStream<Uint8Array>(
      {
        start: async (controller) => {
          listener = { person, controller };
          this.#listeners.add(listener);
          try {
            controller.enqueue(frame(await missed()));
          } catch (error) {
            this.#listeners.delete(listener);
            controller.error(error);
          }
        },
        cancel: () => void this.#listeners.delete(listener),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING_BYTES }),
    );
    return new Response(stream, {
      headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
    });
  }

  /** Tells everybody who may see it, or one person. */
  tell(update: WireUpdate, audience: string | null): void {
    const bytes = frame(update);
    for (const listener of this.#listeners) {
      if (audience === null || listener.person === audience) this.#send(listener, bytes);
    }
  }

  close(): void {
    clearInterval(this.#heart);
    for (const listener of this.#listeners) this.#end(listener);
  }

  #beat(): void {
    const bytes = encoder.encode(': still here\n\n');
    for (const listener of this.#listeners) this.#send(listener, bytes);
  }

  #send(listener: Listener, bytes: Uint8Array): void {
    if ((listener.controller.desiredSize ?? 0) <= 0) this.#end(listener);
    else listener.controller.enqueue(bytes);
  }

  #end(listener: Listener): void {
    this.#listeners.delete(listener);
    try {
      listener.controller.close();
    } catch {
      // It has ended by itself.
    }
  }
}

function frame(update: WireUpdate): Uint8Array {
  return encoder.encode(`id: ${update.revision}\ndata: ${JSON.stringify(update)}\n\n`);
}
