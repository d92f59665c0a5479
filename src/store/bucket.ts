import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { S3Credentials, S3Place } from './places.ts';

/** An object as a listing shows it. */
export interface Listed {
  /** Without the prefix. */
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since 1970, by the store's clock, which counts seconds. */
  readonly modifiedAt: number;
}

/** How often a request is made before it fails: with the SDK's growing pauses, over about 25 seconds. */
const ATTEMPTS = 10;
const CONNECT_MS = 5000;
const SILENT_MS = 15_000;
/** How often a transfer begins anew that broke off in the middle, where the SDK cannot. */
const TRANSFERS = 4;
const TRANSFER_PAUSE_MS = 250;
/** The SDK would write its remarks to the console; errors are thrown all the same. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
/** What is handed to the network at once. */
const CHUNK_BYTES = 1 << 20;

/**
 * Opens a bucket; nothing is asked of it yet.
 *
 * @param silentMs - a store that sends and takes nothing for this long is asked anew, in milliseconds.
 */
export function openBucket(
  place: S3Place,
  credentials: S3Credentials | undefined,
  silentMs = SILENT_MS,
): Bucket {
  const { bucket, prefix, endpoint, region = endpoint && 'us-east-1', pathStyle } = place;
  const client = new S3Client({
    forcePathStyle: pathStyle,
    maxAttempts: ATTEMPTS,
    // Many stores that speak S3 do not know Amazon's newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    logger: SILENT,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: silentMs },
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(credentials && { credentials }),
  });
  return new Bucket(client, bucket, prefix);
}

/** An object has more bytes than were asked for at most. */
export class ObjectTooLarge extends Error {}

/** Objects of a bucket whose names begin with a prefix. Methods throw what the SDK throws. */
export class Bucket {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(client: S3Client, bucket: string, prefix: string) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  /** The objects among them whose names go on with a folder. */
  under(folder: string): Bucket {
    return new Bucket(this.#client, this.#bucket, `${this.#prefix}${folder}/`);
  }

  /**
   * An object and when it was written; undefined when there is none.
   *
   * @param maxBytes - of a larger one nothing is read: {@link ObjectTooLarge} is thrown.
   */
  async get(
    name: string,
    maxBytes = Number.POSITIVE_INFINITY,
  ): Promise<{ bytes: Buffer; modifiedAt: number } | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const found = await this.#client.send(new GetObjectCommand(this.#object(name))).catch(orMissing);
      if (!found) return undefined;
      const { ContentLength = 0 } = found;
      const body = found.Body as Readable;
      if (ContentLength > maxBytes) {
        body.destroy();
        throw new ObjectTooLarge(`The object has ${ContentLength} bytes`);
      }
      try {
        const bytes = await collect(body, ContentLength);
        return { bytes, modifiedAt: timeOf(found.LastModified) };
      } catch (error) {
        if (attempt === TRANSFERS) throw error;
      }
      await pause(attempt);
    }
  }

  /**
   * Writes an object whole or not at all.
   *
   * @param bytes - all of them, which are signed and sent at most {@link ATTEMPTS} times, or parts that follow each other
   *   and are not copied to be joined.
   */
  async put(name: string, bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
    if (bytes instanceof Uint8Array) {
      await this.#client.send(new PutObjectCommand({ ...this.#object(name), Body: bytes }));
      return;
    }
    const length = bytes.reduce((sum, each) => sum + each.length, 0);
    await this.#send(name, length, () => Readable.from(chunks(bytes), { objectMode: false }));
  }

  /**
   * Writes an object whole or not at all, from a file, which is never in memory as a whole.
   *
   * @param length - the file's size, in bytes.
   */
  async putFile(name: string, file: string, length: number): Promise<void> {
    await this.#send(name, length, () => createReadStream(file));
  }

  /** @param body - the object's bytes from the first on, at each attempt. */
  async #send(name: string, length: number, body: () => Readable): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const Body = body();
      const broken = new AbortController();
      // The SDK would wait for what does not come any more.
      Body.once('error', (error) => broken.abort(error));
      try {
        const command = new PutObjectCommand({ ...this.#object(name), Body, ContentLength: length });
        await this.#client.send(command, { abortSignal: broken.signal });
        return;
      } catch (error) {
        const refused = error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 500) < 500;
        if (refused || attempt === TRANSFERS) throw error;
      } finally {
        Body.destroy();
      }
      await pause(attempt);
    }
  }

  /** An object without its bytes; undefined when there is none. */
  async look(name: string): Promise<Omit<Listed, 'name'> | undefined> {
    const found = await this.#client.send(new HeadObjectCommand(this.#object(name))).catch(orMissing);
    return found && { bytes: found.ContentLength ?? 0, modifiedAt: timeOf(found.LastModified) };
  }

  /** Makes an object as new as if it had just been written. */
  async touch(name: string): Promise<void> {
    const object = this.#object(name);
    // An object may be copied onto itself only where something about it changes.
    const CopySource = encodeURIComponent(`${object.Bucket}/${object.Key}`);
    await this.#client.send(new CopyObjectCommand({ ...object, CopySource, MetadataDirective: 'REPLACE' }));
  }

  /** Removes an object if it is there. */
  async remove(name: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#object(name)));
  }

  /** All objects, however many. */
  async *list(): AsyncGenerator<Listed> {
    const pages = paginateListObjectsV2(
      { client: this.#client },
      { Bucket: this.#bucket, Prefix: this.#prefix },
    );
    for await (const { Contents = [] } of pages) {
      for (const { Key = '', Size = 0, LastModified } of Contents) {
        yield { name: Key.slice(this.#prefix.length), bytes: Size, modifiedAt: timeOf(LastModified) };
      }
    }
  }

  #object(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + name };
  }
}

/** In whole seconds, as headers tell it; listings may be more exact. */
function timeOf(date: Date | undefined): number {
  return Math.floor((date?.getTime() ?? 0) / 1000) * 1000;
}

/** Stands in for an object that is not there; a bucket that is not there is a failure. */
function orMissing(error: unknown): undefined {
  if (error instanceof S3ServiceException && ['NoSuchKey', 'NotFound'].includes(error.name)) return undefined;
  throw error;
}

/** The bytes of an answer, into memory that is taken once. */
async function collect(body: Readable, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let received = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes.set(chunk, received);
    received += chunk.length;
  }
  if (received !== length) throw new Error(`The answer broke off after ${received} of ${length} bytes`);
  return bytes;
}

function* chunks(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const part of parts) {
    for (let start = 0; start < part.length; start += CHUNK_BYTES) {
      yield part.subarray(start, start + CHUNK_BYTES);
    }
  }
}

function pause(attempt: number): Promise<void> {
  return delay(TRANSFER_PAUSE_MS * 2 ** attempt);
}
