import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isDiskFull, writeError } from '../files/disk.ts';
import { ImpastoError } from '../nst/errors.ts';
import type { Limits } from '../nst/image/limits.ts';
import type { Size } from '../nst/image/resize.ts';
import { ProcessLost } from '../processes/child.ts';
import { type PerPersonLimits, PerPersonQueue } from '../processes/per-person.ts';
import type { Answering } from '../processes/process-pool.ts';
import { lost, notFetched, tooManyBytes } from './failures.ts';
import { type NormalisedFile, type NormaliseRequest, normalisedFile } from './protocol.ts';

/** Where a foreign picture's bytes come from. */
export interface PictureSource {
  /** What is known of its size beforehand, in bytes. */
  readonly bytes?: number;
  /** @throws ImpastoError `picture-too-large` as soon as more than maxBytes have come, `download-failed` */
  fetch(maxBytes: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** What is wanted of a picture. */
export interface Wanted {
  /** Whose it is; each has their turn. */
  readonly sender: string;
  /** Longer side at most, in pixels. */
  readonly longerSide: number;
  /** Whether it has been accepted already, so that it waits however many others do; false by default. */
  readonly accepted?: boolean;
}

/** A foreign picture that has been decoded and lies in a file of its own until it is kept or discarded. */
export interface TakenPicture {
  /** The packed raster. */
  readonly file: string;
  /** SHA-256 of that file, as the process that decoded it says. */
  readonly hash: string;
  /** Of the picture as it was sent, in pixels. */
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
  /** Time that a file may take to be decoded, in milliseconds. */
  readonly timeLimitMs: number;
  /** Pictures at once; default 32 of one sender, 500 in all. */
  readonly atOnce?: PerPersonLimits;
}

const AT_ONCE: PerPersonLimits = { ofOne: 32, ofAll: 500 };
/** How long a picture may take to arrive. */
const FETCH_MS = 60_000;
/** Decoding is stuck when nothing has come of it for so many times what a file may take. */
const STUCK_TIMES = 6;
/** So many processes in a row that did not even start are no accident. */
const FAILED_STARTS = 3;

/**
 * The one door for foreign pictures. Each is written to a file as it comes, decoded in a process of its own, and kept
 * only when its request has been accepted. One sender's pictures are taken one after the other, so that nobody's
 * occupy more than one of the processes.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #perPerson: PerPersonQueue;
  /** Decodings under way or waiting for a process, and since when none of them has ended. */
  #decoding = 0;
  #quietSince = 0;
  #failedStarts = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#perPerson = new PerPersonQueue(options.atOnce ?? AT_ONCE);
  }

  /** What is wrong with decoding, in a sentence; undefined when it goes on. */
  get problem(): string | undefined {
    const quiet = performance.now() - this.#quietSince;
    const stuck = this.#decoding > 0 && quiet > STUCK_TIMES * this.#options.timeLimitMs;
    return stuck || this.#failedStarts >= FAILED_STARTS ? 'Pictures are not being decoded.' : undefined;
  }

  /**
   * Takes a picture in: fetches and decodes it.
   *
   * @throws ImpastoError `over-limit` or `queue-full` when too many are at the door, `disk-full`, `not-writable`,
   *   `process-failed`, `picture-undecodable` for what takes too long or too much, what the source and normalisePicture()
   *   throw
   */
  take(source: PictureSource, { sender, longerSide, accepted }: Wanted): Promise<TakenPicture> {
    return this.#perPerson.run(sender, () => this.#take(source, longerSide), accepted);
  }

  async close(): Promise<void> {
    await this.#options.decoders.close();
  }

  async #take(source: PictureSource, longerSide: number): Promise<TakenPicture> {
    const { folder, limits } = this.#options;
    const input = path.join(folder, `${randomUUID()}.foreign`);
    const output = path.join(folder, `${randomUUID()}.packed`);
    const discard = () => rm(output, { force: true });
    try {
      await this.#fetch(source, input);
      const { size, hash, notices } = await this.#decode({ input, output, limits, longerSide });
      return { file: output, hash, size, notices, discard };
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
      const { data } = normalisedFile.safeParse(await this.#options.decoders.run(request));
      if (!data) throw new ProcessLost('crash', 'The process answered what it cannot mean.');
      this.#failedStarts = 0;
      return data;
    } catch (error) {
      if (!(error instanceof ProcessLost)) throw error;
      this.#failedStarts = error.reason === 'start' ? this.#failedStarts + 1 : 0;
      throw lost(error, this.#options.timeLimitMs);
    } finally {
      this.#decoding -= 1;
      this.#quietSince = performance.now();
    }
  }
}
