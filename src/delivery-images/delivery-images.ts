import path from 'node:path';
import { fileURLToPath } from 'node:url';
import PQueue from 'p-queue';
import { ImpastoError } from '../nst/errors.ts';
import { ProcessLost } from '../processes/child.ts';
import { bareEnvironment } from '../processes/environment.ts';
import { PerPersonQueue } from '../processes/per-person.ts';
import { type Answering, type PoolLog, processPool } from '../processes/process-pool.ts';
import { ownFormat, type SentFormat } from './formats.ts';
import type { Fitted, ImageAnswer, ImageRequest } from './render.ts';

/** One of our own pictures that something is to be made of. */
export interface OwnPicture {
  /** Reads it, when its turn has come: pictures that wait are in nobody's memory. */
  read(): Promise<Uint8Array>;
  /** For whom it is; each has their turn. */
  readonly person: string;
  /** Whether it has been promised already, so that it waits however many others do; false by default. */
  readonly owed?: boolean;
}

/** What may be in hand at once. */
const AT_ONCE = { ofOne: 20, ofAll: 500 };
const PROCESSES = 2;
/** A picture that needs longer is not worth it, in milliseconds. */
const TIME_LIMIT_MS = 60_000;
/** The largest result there can be, 8192 × 8192 pixels, and its copies; in bytes. */
const MEMORY_LIMIT = 2e9;

/**
 * Makes of our own pictures what is sent; in processes that are not the bot's, since native code may take its time. Methods
 * throw ImpastoError `over-limit` or `queue-full` when too much is in hand, `picture-damaged`, `picture-undecodable`,
 * `process-failed`, and what reading the picture throws.
 */
export class DeliveryImages {
  readonly #renderers: Answering<ImageRequest, ImageAnswer>;
  readonly #perPerson = new PerPersonQueue(AT_ONCE);
  /** Those that are read are few, too. */
  readonly #read = new PQueue({ concurrency: PROCESSES });

  constructor(renderers: Answering<ImageRequest, ImageAnswer>) {
    this.#renderers = renderers;
  }

  /**
   * Makes a picture fit into an upload: as it is where it fits, else as JPEG or, with opacity, WebP or a smaller PNG; an
   * animation that its place does not take becomes a GIF.
   *
   * @param formats - what is shown there; PNG, JPEG and GIF are everywhere.
   * @throws ImpastoError `upload-too-large`
   */
  fit(picture: OwnPicture, maxBytes: number, formats: readonly SentFormat[]): Promise<Fitted> {
    return this.#inTurn(picture, async (bytes) => {
      const format = ownFormat(bytes);
      if (format && formats.includes(format) && bytes.length <= maxBytes) {
        return { bytes, format, reduced: false };
      }
      return (await this.#render({ type: 'fit', bytes, maxBytes, formats })) as Fitted;
    });
  }

  /**
   * A small version, as WebP.
   *
   * @param side - longer side at most, in pixels.
   * @param square - whether it is cropped to a square of that side; false by default.
   */
  preview(picture: OwnPicture, side: number, square = false): Promise<Uint8Array> {
    return this.#inTurn(
      picture,
      async (bytes) => (await this.#render({ type: 'preview', bytes, side, square })) as Uint8Array,
    );
  }

  /** What a result was made with, where it says so. */
  parameters(picture: OwnPicture): Promise<Record<string, unknown> | undefined> {
    return this.#inTurn(
      picture,
      async (bytes) =>
        (await this.#render({ type: 'parameters', bytes })) as Record<string, unknown> | undefined,
    );
  }

  close(): Promise<void> {
    return this.#renderers.close();
  }

  #inTurn<Made>(
    { read, person, owed }: OwnPicture,
    make: (bytes: Uint8Array) => Promise<Made>,
  ): Promise<Made> {
    return this.#perPerson.run(person, () => this.#read.add(async () => make(await read())), owed);
  }

  async #render(request: ImageRequest): Promise<ImageAnswer> {
    return this.#renderers.run(request).catch((cause) => {
      if (!(cause instanceof ProcessLost)) throw cause;
      const code = cause.reason === 'start' ? 'process-failed' : 'picture-undecodable';
      throw new ImpastoError(code, 'The picture cannot be prepared for sending.', {
        advice: 'Ask for a smaller size; whoever runs this bot finds the cause in its log.',
        cause,
      });
    });
  }
}

/** The same, in processes that are started when they are needed. */
export function openDeliveryImages(log: PoolLog): DeliveryImages {
  return new DeliveryImages(
    processPool({
      name: 'delivery images',
      // Beside this module, in the same form: as it was written, or built.
      entry: new URL(
        `./delivery-images-child${path.extname(fileURLToPath(import.meta.url))}`,
        import.meta.url,
      ),
      env: bareEnvironment(process.env),
      size: PROCESSES,
      timeLimitMs: TIME_LIMIT_MS,
      memoryLimit: MEMORY_LIMIT,
      log,
    }),
  );
}
