import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Attachment } from '../../bot/chat.ts';
import { writeError } from '../../files/disk.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { newId } from './journal.ts';

/** How much may lie about that has been sent and not yet used, in bytes. */
export interface UploadCaps {
  readonly ofFile: number;
  readonly ofPerson: number;
  /** Of all who come from one network: nobody else's room is theirs to fill, as however many people they come. */
  readonly ofNetwork: number;
  /** Where it is used up, the network that has the most of it makes room. */
  readonly ofAll: number;
  /** Files of one person. */
  readonly filesOfPerson: number;
  /** Milliseconds that a file is kept for the command that names it. */
  readonly keepMs: number;
}

/** Who sends a file. */
export interface Sender {
  readonly person: string;
  /** Where they come from. */
  readonly network: string;
}

/** A file that a page has sent, in the hands of the command that names it. */
export interface Upload extends Attachment {
  readonly bytes: number;
  /** Frees its room; nobody can fetch it afterwards. */
  release(): Promise<void>;
}

/** By its id. */
type Entry = readonly [string, Kept];

interface Kept extends Sender {
  readonly name: string;
  readonly file: string;
  /** While it comes, it is not there to be named; while a command has it, for no other. */
  state: 'comes' | 'waits' | 'in use';
  bytes: number;
  /** When it began to come or, later, was there. */
  since: number;
}

/**
 * Files on their way to a command: a page sends them first and names them then, each for one command. They do not survive
 * a restart.
 */
export class Uploads {
  readonly #folder: string;
  readonly #caps: UploadCaps;
  /** By id, oldest first. */
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
   * Takes a file in while it comes. The oldest that no command has named makes room for it: of the same person, or of the
   * network that has the most, so that nobody fills what is everybody's.
   *
   * @param declared - its size, where the request says it.
   * @throws ImpastoError `picture-too-large` as soon as it has more bytes than permitted; `over-limit` when too much
   *   lies about, `disk-full` or `not-writable` when it cannot be kept; nothing is kept then.
   */
  async take(
    sender: Sender,
    name: string,
    body: AsyncIterable<Uint8Array>,
    declared: number | undefined,
  ): Promise<{ id: string }> {
    const { ofFile, keepMs } = this.#caps;
    if ((declared ?? 0) > ofFile) throw tooLarge(ofFile);
    const old = (kept: Kept) => kept.state === 'waits' && performance.now() - kept.since > keepMs;
    for (const [id, kept] of this.#kept) if (old(kept)) await this.#drop(id);
    const id = newId();
    const file = path.join(this.#folder, id);
    const kept: Kept = { ...sender, name, file, state: 'comes', bytes: 0, since: performance.now() };
    this.#kept.set(id, kept);
    try {
      await this.#makeRoom(kept);
      const handle = await open(file, 'wx').catch(notKept);
      try {
        for await (const chunk of body) {
          kept.bytes += chunk.length;
          if (kept.bytes > ofFile) throw tooLarge(ofFile);
          await this.#makeRoom(kept);
          await handle.writeFile(chunk).catch(notKept);
        }
      } finally {
        await handle.close();
      }
    } catch (error) {
      await this.#drop(id);
      throw error;
    }
    kept.state = 'waits';
    kept.since = performance.now();
    return { id };
  }

  /**
   * Hands a file out to a command, which has to release it.
   *
   * @throws ImpastoError `picture-gone` for a file that is not the person's, another command's, or no longer there.
   */
  hand(id: string, person: string): Upload {
    const kept = this.#kept.get(id);
    if (kept?.person !== person || kept.state !== 'waits') {
      throw new ImpastoError('picture-gone', 'This picture is not here any longer.', {
        advice: 'Choose it again.',
      });
    }
    kept.state = 'in use';
    return {
      name: kept.name,
      bytes: kept.bytes,
      async *fetch(maxBytes) {
        if (kept.bytes > maxBytes) throw tooLarge(maxBytes);
        yield* createReadStream(kept.file);
      },
      release: () => this.#drop(id),
    };
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Drops what no command has named, oldest first, until all is within its bounds. */
  async #makeRoom(sender: Kept): Promise<void> {
    for (;;) {
      const crowd = this.#crowd(sender);
      if (!crowd) return;
      const [left] = crowd.find(isWaiting) ?? [];
      if (left === undefined) throw tooMuch();
      await this.#drop(left);
    }
  }

  /** Those of which one has to go before more of somebody's may come; undefined while there is room. */
  #crowd({ person, network }: Kept): readonly Entry[] | undefined {
    const { ofPerson, ofNetwork, ofAll, filesOfPerson } = this.#caps;
    const all = [...this.#kept];
    const own = all.filter(([, kept]) => kept.person === person);
    const near = all.filter(([, kept]) => kept.network === network);
    if (own.length > filesOfPerson || bytesOf(own) > ofPerson || bytesOf(near) > ofNetwork) return own;
    return bytesOf(all) > ofAll ? largestNetwork(all, bytesOf(near)) : undefined;
  }

  async #drop(id: string): Promise<void> {
    const kept = this.#kept.get(id);
    this.#kept.delete(id);
    if (kept) await rm(kept.file, { force: true });
  }
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, [, { bytes }]) => sum + bytes, 0);
}

function isWaiting([, { state }]: Entry): boolean {
  return state === 'waits';
}

/** Of the networks in which any file waits, the one that has the most; nothing where that is less than so many bytes. */
function largestNetwork(entries: readonly Entry[], leastBytes: number): readonly Entry[] {
  const waiting = new Set(entries.filter(isWaiting).map(([, { network }]) => network));
  const networks = [...waiting].map((name) => entries.filter(([, { network }]) => network === name));
  const [largest = []] = networks.sort((a, b) => bytesOf(b) - bytesOf(a));
  return bytesOf(largest) >= leastBytes ? largest : [];
}

function notKept(cause: unknown): never {
  throw writeError('pictures', cause);
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
