import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import PQueue from 'p-queue';
import { isDiskFull, writeError } from '../disk.ts';
import { ImpastoError } from '../nst/errors.ts';
import type { Limits } from '../nst/image/limits.ts';
import type { Size } from '../nst/image/resize.ts';
import { ProcessLost } from '../processes/child.ts';
import type { Answering } from '../processes/process-pool.ts';
import { busy, lost, notFetched, tooMany, tooManyBytes } from './failures.ts';
import { type NormalisedFile, type NormaliseRequest, normalisedFile } from './protocol.ts';

/** Where a foreign picture's bytes come from. */
export interface PictureSource {
  /** What is known of its size beforehand, in bytes. */
  readonly bytes?: number;
  /** @throws ImpastoError `picture-too-large` as soon as more than maxBytes have come, `download-failed` */
  fetch(maxBytes: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** A foreign picture that has been decoded and lies in a file of its own until it is kept or discarded. */
export interface TakenPicture {
  /** The packed raster. */
  readonly file: string;
  /** SHA-256 of that file, as the process that decoded it says. */
  readonly hash: string;
  /** Of the raster, in pixels. */
  readonly size: Size;
  /** What its sender should know, as sentences that begin with “It”. */
  readonly notices: readonly string[];
  /** Removes the file, where it still is. */
  discard(): Promise<void>;
}

/** Options of {@link Intake}. */
export interface IntakeOptions {
  /** What decodes; see openIntake(). */
  readonly decoders: Answering<NormaliseRequest, unknown>;
  /** Where files lie meanwhile: a folder that is there. */
  readonly folder: string;
  readonly limits: Limits & { readonly maxBytes: number };
  /** Longer side of what is kept of a picture at most, in pixels. */
  readonly longerSide: number;
  /** Time that a file may take to be decoded, in milliseconds. */
  readonly timeLimitMs: number;
  /** Pictures of one sender that may wait; default 32. */
  readonly waitingOfSender?: number;
  /** Pictures that may wait in all; default 500. */
  readonly waiting?: number;
}

const DEFAULTS = { waitingOfSender: 32, waiting: 500 } as const;
/** How long a picture may take to arrive. */
const FETCH_MS = 60_000;
/** Decoding is stuck when nothing has come of it for so many times what a file may take. */
const STUCK_TIMES = 6;

/**
 * The one door for foreign pictures. Each is written to a file as it comes, decoded in a process of its own, and kept
 * only when its request has been accepted. One sender's pictures are taken one after the other, so that nobody's
 * occupy more than one of the processes.
 */
export class Intake {
  readonly #options: Required<IntakeOptions>;
  readonly #senders = new Map<string, PQueue>();
  /** Decodings under way or waiting for a process, and since when none of them has ended. */
  #decoding = 0;
  #quietSince = 0;

  constructor(options: IntakeOptions) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** What is wrong with decoding, in a sentence; undefined when it goes on. */
  get problem(): string | undefined {
    const quiet = performance.now() - this.#quietSince;
    const stuck = this.#decoding > 0 && quiet > STUCK_TIMES * this.#options.timeLimitMs;
    return stuck ? 'Pictures are not being decoded.' : undefined;
  }

  /**
   * Takes a picture in: fetches and decodes it.
   *
   * @param sender - whose it is; each has their turn.
   * @throws ImpastoError `over-limit` or `busy` when too many wait, `disk-full`, `not-writable`, `process-failed`,
   *   `picture-undecodable` for what takes too long or too much, what the source and normalisePicture() throw
   */
  async take(source: PictureSource, sender: string): Promise<TakenPicture> {
    const queue = this.#senders.get(sender) ?? new PQueue({ concurrency: 1 });
    const { waiting, waitingOfSender } = this.#options;
    if (queue.size >= waitingOfSender) throw tooMany();
    if ([...this.#senders.values()].reduce((sum, { size }) => sum + size, 0) >= waiting) throw busy();
    this.#senders.set(sender, queue);
    return queue
      .add(() => this.#take(source))
      .finally(() => {
        if (queue.size + queue.pending === 0) this.#senders.delete(sender);
      });
  }

  async close(): Promise<void> {
    await this.#options.decoders.close();
  }

  async #take(source: PictureSource): Promise<TakenPicture> {
    const { folder, limits, longerSide } = this.#options;
    const input = path.join(folder, `${randomUUID()}.foreign`);
    const output = path.join(folder, `${randomUUID()}.packed`);
    const discard = () => rm(output, { force: true });
    try {
      await this.#fetch(source, input);
      const { width, height, hash, notices } = await this.#decode({ input, output, limits, longerSide });
      return { file: output, hash, size: { width, height }, notices, discard };
    } catch (error) {
      await discard();
      throw error;
    } finally {
      await rm(input, { force: true });
    }
  }

  async #fetch(source: PictureSource, file: string): Promise<void> {
    const { maxBytes } = this.#options.limits;
    if ((source.bytes ?? 0) > maxBytes) throw tooManyBytes(maxBytes);
    const signal = AbortSignal.timeout(FETCH_MS);
    await pipeline(source.fetch(maxBytes, signal), createWriteStream(file, { flags: 'wx', mode: 0o600 }), {
      signal,
    }).catch((cause) => {
      if (cause instanceof ImpastoError && cause.code !== 'aborted') throw cause;
      throw isDiskFull(cause) || cause.path === file ? writeError('pictures', cause) : notFetched(cause);
    });
  }

  async #decode(request: NormaliseRequest): Promise<NormalisedFile> {
    if (this.#decoding === 0) this.#quietSince = performance.now();
    this.#decoding += 1;
    try {
      return normalisedFile.parse(await this.#options.decoders.run(request));
    } catch (error) {
      throw error instanceof ProcessLost ? lost(error, this.#options.timeLimitMs) : error;
    } finally {
      this.#decoding -= 1;
      this.#quietSince = performance.now();
    }
  }
}
