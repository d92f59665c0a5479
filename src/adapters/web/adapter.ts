import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import type { Bot } from '../../bot/bot.ts';
import type { Capabilities, Message, MessageRef, NewThread, OpenedThread, Place } from '../../bot/chat.ts';
import type { DeliveryImages } from '../../delivery-images/delivery-images.ts';
import { makePrivate } from '../../files/private-folder.ts';
import type { ConnectionCaps } from '../../http/connections.ts';
import { Proxies } from '../../http/proxies.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { ErasingClock } from '../../ops/erasing-clock.ts';
import { openPictureFolder, type PictureStore } from '../../store/pictures.ts';
import { measurementStore } from '../../store/sql/measurements.ts';
import type { ChatAdapter } from '../adapter.ts';
import { openAssets } from './assets.ts';
import { Board, MAX_UPLOAD_BYTES } from './board.ts';
import { Events } from './events.ts';
import { Door } from './guards.ts';
import { Journal } from './journal.ts';
import { People, type PeopleCaps } from './people.ts';
import { directPlace, PLATFORM, refOf } from './room.ts';
import { serveStudio } from './server.ts';
import { type StreamCaps, Streams } from './streams.ts';
import { Uploads } from './uploads.ts';

/** Options of {@link StudioAdapter}. */
export interface StudioOptions {
  readonly host: string;
  /** 0 is any free one. */
  readonly port: number;
  /** Who does not know it is not let in; without it, everybody who can reach the studio is. */
  readonly token?: string | undefined;
  /** Addresses and networks of proxies that are believed who asks, and by which scheme; default none. */
  readonly trustedProxies?: readonly string[];
  /** Where the studio keeps its messages and their pictures. */
  readonly folder: string;
  /** Largest picture that may be sent, in bytes. */
  readonly maxBytes: number;
  /** Makes small versions of pictures. */
  readonly images: DeliveryImages;
  /** Messages and pictures are kept this long, in milliseconds. */
  readonly retentionMs: number;
  /** All pictures of messages together at most, in bytes. */
  readonly picturesBytes: number;
  readonly version: string;
  readonly log: Logger;
  /** What old messages are removed by: milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
  /** How many pages may listen at once; 200 in all and 3 of one person by default. */
  readonly streams?: StreamCaps;
  /** Milliseconds that a request may take to arrive; two minutes by default. */
  readonly requestMs?: number;
  /** How many connections there may be at once; 2000 in all and 300 from one network by default. */
  readonly connections?: ConnectionCaps;
  /** How many people there may be; 10 000 in all, and 300 new ones from one network in an hour by default. */
  readonly people?: PeopleCaps;
}

const HOUR_MS = 3_600_000;
/** A page sends pictures just before the command that they are for. */
const UPLOADS_MS = 600_000;

interface Parts {
  readonly clock: ErasingClock;
  readonly journal: Journal;
  readonly pictures: PictureStore;
  readonly board: Board;
  readonly streams: Streams;
  readonly uploads: Uploads;
  readonly events: Events;
  readonly people: People;
  readonly server: { readonly url: string; close(): Promise<void> };
}

/** The studio: a chat with the bot on a page of its own, for which nobody needs an account. */
export class StudioAdapter implements ChatAdapter {
  readonly platform = PLATFORM;
  readonly scope = PLATFORM;
  readonly capabilities: Capabilities = {
    editAttachments: true,
    ephemeral: true,
    buttons: true,
    pictureFormats: ['png', 'jpeg', 'webp', 'gif'],
    minEditIntervalMs: 400,
  };
  readonly #options: StudioOptions;
  #parts: Parts | undefined;
  #housekeeping: NodeJS.Timeout | undefined;

  constructor(options: StudioOptions) {
    this.#options = options;
  }

  /** Where the page is; undefined before it is open and when it is closed. */
  get url(): string | undefined {
    return this.#parts?.server.url;
  }

  async start(bot: Bot): Promise<void> {
    const { host, port, token, folder, maxBytes, images, version, log } = this.#options;
    const { streams: caps = { all: 200, ofPerson: 3 }, requestMs = 120_000 } = this.#options;
    const { connections = { all: 2000, ofNetwork: 300 } } = this.#options;
    const { people: peopleCaps = { all: 10_000, ofNetwork: 300 } } = this.#options;
    await makePrivate(folder, log);
    const secret = await keptSecret(path.join(folder, 'secret'));
    const journal = await Journal.open(path.join(folder, 'studio.db'));
    const streams = new Streams(caps);
    try {
      const pictures = openPictureFolder(path.join(folder, 'pictures'));
      const uploads = await Uploads.open(path.join(folder, 'uploads'), {
        ofFile: maxBytes,
        // A command takes up to four pictures.
        ofPerson: 4 * maxBytes,
        ofNetwork: 12 * maxBytes,
        ofAll: 24 * maxBytes,
        filesOfPerson: 8,
        keepMs: UPLOADS_MS,
      });
      const people = new People(journal.db, secret, peopleCaps);
      const board = new Board(journal, pictures, people, streams);
      const events = new Events(bot, board, uploads);
      const assets = await openAssets();
      const door = new Door(token, secret);
      const proxies = new Proxies(this.#options.trustedProxies);
      const services = { assets, board, door, events, people, proxies, streams, uploads, version, maxBytes };
      const server = await serveStudio(services, pictures, images, {
        host,
        port,
        requestMs,
        connections,
        log,
      });
      const clock = new ErasingClock({ marks: measurementStore(journal.db), log, now: this.#options.now });
      this.#parts = { clock, journal, pictures, board, streams, uploads, events, people, server };
    } catch (error) {
      streams.close();
      await journal.close();
      throw error;
    }
    await this.#clean();
    this.#housekeeping = setInterval(() => void this.#clean(), HOUR_MS).unref();
  }

  async stop(): Promise<void> {
    await this.#parts?.events.stop();
  }

  async close(): Promise<void> {
    clearInterval(this.#housekeeping);
    const parts = this.#parts;
    this.#parts = undefined;
    if (!parts) return;
    parts.streams.close();
    await parts.server.close();
    await parts.uploads.close();
    await parts.journal.close();
  }

  owns(): boolean {
    return true;
  }

  async maxUploadBytes(): Promise<number> {
    return MAX_UPLOAD_BYTES;
  }

  async openThread(place: Place, thread: NewThread, key: string): Promise<OpenedThread> {
    const { user: person, userName: personName, title, previews } = thread;
    const { id } = await this.#open().board.open({ key, title, person, personName, ...(await previews()) });
    return { place: { ...place, thread: id } };
  }

  async post(place: Place, message: Message, key: string): Promise<MessageRef> {
    return refOf(await this.#open().board.post(place, null, message, `post-${key}`));
  }

  async direct(user: string, message: Message, key: string): Promise<MessageRef> {
    return refOf(await this.#open().board.post(directPlace(user), user, message, `direct-${user}-${key}`));
  }

  async edit({ message: id }: MessageRef, message: Message): Promise<void> {
    await this.#open().board.edit(id, message);
  }

  async remove({ message: id }: MessageRef): Promise<void> {
    await this.#open().board.remove(id);
  }

  /** The studio's threads hang on no message: they go with their person, see Board.forget. */
  async forgetThread(): Promise<void> {}

  #open(): Parts {
    if (this.#parts) return this.#parts;
    throw new ImpastoError('platform-failed', 'The studio is closed.', { advice: 'Start it.' });
  }

  async #clean(): Promise<void> {
    const { picturesBytes: maxBytes, log } = this.#options;
    try {
      const now = await this.#parts?.clock.look();
      const retentionMs = now === undefined ? Number.POSITIVE_INFINITY : this.#options.retentionMs;
      if (now !== undefined) {
        await this.#parts?.journal.clean(now - retentionMs);
        await this.#parts?.people.clean(now - retentionMs);
      }
      await this.#parts?.pictures.clean({ retentionMs, maxBytes, keep: () => false });
    } catch (err) {
      log.error({ err }, 'old messages of the studio could not be removed');
    }
  }
}

/** The secret that ids are signed with, made at the first start, for its owner alone to read. */
async function keptSecret(file: string): Promise<Buffer> {
  await mkdir(path.dirname(file), { recursive: true });
  const fresh = randomBytes(32);
  await writeFile(file, fresh, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const kept = await readFile(file);
  if (kept.length === fresh.length) return kept;
  throw new ImpastoError('not-readable', `The studio’s secret ${file} is damaged.`, {
    advice: 'Remove this file; everybody in the studio is then asked for a name again.',
  });
}
