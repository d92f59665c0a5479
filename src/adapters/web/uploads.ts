import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Attachment } from '../../bot/chat.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { writeError } from '../../store/disk.ts';
import { newId } from './journal.ts';

/** How much may lie about that has been sent and not yet used. */
export interface UploadCaps {
  /** Of one file, and of all together, in bytes. */
  readonly fileBytes: number;
  readonly allBytes: number;
  /** Files of one person; a further one takes the place of the oldest. */
  readonly filesOfPerson: number;
  /** Milliseconds that a file is kept after its last use. */
  readonly keepMs: number;
}

/** A file that a page has sent. */
export interface Upload extends Attachment {
  readonly id: string;
  readonly bytes: number;
}

interface Kept {
  readonly id: string;
  readonly person: string;
  readonly name: string;
  readonly file: string;
  bytes: number;
  usedAt: number;
}

/** Files on their way to a command: a page sends them first and names them then. They do not survive a restart. */
export class Uploads {
  readonly #folder: string;
  readonly #caps: UploadCaps;
  readonly #kept = new Map<string, Kept>();

  private constructor(folder: string, caps: UploadCaps) {
    this.#folder = folder;
    this.#caps = caps;
  }

  /** Begins with an empty folder. */
  static async open(folder: string, caps: UploadCaps): Promise<Uploads> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return new Uploads(folder, caps);
  }

  /**
   * Takes a file in while it comes.
   *
   * @param declared - its size, where the request says it.
   * @throws ImpastoError `picture-too-large` as soon as it has more bytes than permitted; `over-limit` when too much
   *   lies about, `disk-full` or `not-writable` when it cannot be kept; nothing is kept then.
   */
  async take(
    person: string,
    name: string,
    body: AsyncIterable<Uint8Array>,
    declared: number | undefined,
  ): Promise<{ id: string }> {
    const { fileBytes, filesOfPerson } = this.#caps;
    if ((declared ?? 0) > fileBytes) throw tooLarge(fileBytes);
    await this.#clean();
    const own = [...this.#kept.values()].filter((kept) => kept.person === person);
    for (const kept of own.slice(0, Math.max(0, own.length + 1 - filesOfPerson))) await this.#drop(kept);
    const id = newId();
    const kept: Kept = { id, person, name, file: path.join(this.#folder, id), bytes: 0, usedAt: Date.now() };
    this.#kept.set(id, kept);
    try {
      const handle = await open(kept.file, 'wx').catch(notKept);
      try {
        for await (const chunk of body) {
          kept.bytes += chunk.length;
          if (kept.bytes > fileBytes) throw tooLarge(fileBytes);
          if (this.#allBytes() > this.#caps.allBytes) throw tooMuch();
          await handle.writeFile(chunk).catch(notKept);
        }
      } finally {
        await handle.close();
      }
    } catch (error) {
      await this.#drop(kept);
      throw error;
    }
    return { id };
  }

  /** @throws ImpastoError `picture-gone` for a file that is not the person's, or no longer there. */
  find(id: string, person: string): Upload {
    const kept = this.#kept.get(id);
    if (kept?.person !== person) {
      throw new ImpastoError('picture-gone', 'This picture is not here any longer.', {
        advice: 'Choose it again.',
      });
    }
    kept.usedAt = Date.now();
    return {
      id,
      name: kept.name,
      bytes: kept.bytes,
      async *fetch(maxBytes) {
        if (kept.bytes > maxBytes) throw tooLarge(maxBytes);
        yield* createReadStream(kept.file);
      },
    };
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #clean(): Promise<void> {
    const { keepMs } = this.#caps;
    for (const kept of this.#kept.values()) {
      if (Date.now() - kept.usedAt > keepMs) await this.#drop(kept);
    }
  }

  async #drop({ id, file }: Kept): Promise<void> {
    this.#kept.delete(id);
    await rm(file, { force: true });
  }

  #allBytes(): number {
    let sum = 0;
    for (const { bytes } of this.#kept.values()) sum += bytes;
    return sum;
  }
}

function notKept(cause: unknown): never {
  throw writeError(cause);
}

function tooLarge(maxBytes: number): ImpastoError {
  const limit = maxBytes < 1e6 ? `${maxBytes} bytes` : `${Math.round(maxBytes / 1e6)} MB`;
  return new ImpastoError('picture-too-large', `The picture has more than ${limit}.`, {
    advice: 'Use a smaller one.',
  });
}

function tooMuch(): ImpastoError {
  return new ImpastoError('over-limit', 'Too many pictures are being sent at once.', {
    advice: 'Try again in a few minutes.',
  });
}
