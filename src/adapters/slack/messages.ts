import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Message, MessageRef, NewThread, OpenedThread, Place } from '../../bot/chat.ts';
import { apology } from '../../bot/text.ts';
import { ImpastoError } from '../../nst/errors.ts';
import type { SlackApi } from './api.ts';
import { chatError, isDoubtful } from './failures.ts';
import { History, METADATA_TYPE } from './history.ts';
import type { Pictures } from './pictures.ts';
import { PLATFORM } from './places.ts';
import { render } from './render.ts';

/** Messages that are remembered; what is forgotten is looked up. */
const REMEMBERED = 5000;
/** How often a message is posted whose answer was lost, and the pause before. */
const ATTEMPTS = 3;
const PAUSE_MS = 500;
/** A message of an earlier process is looked for in channels for this long after the start. */
const RECOVERY_MS = 600_000;
/** Slack's clock and ours may differ by this much. */
const SKEW_MS = 10_000;

interface Sent {
  readonly ref: MessageRef;
  readonly thread: string | null;
  file: string | undefined;
}

/**
 * The bot's messages. Slack knows no key that makes two posts one, so each carries its key in its metadata, and one
 * that may have been posted before, by an earlier process or by a call whose answer was lost, is looked for first.
 */
export class Messages {
  readonly #api: SlackApi;
  readonly #pictures: Pictures;
  readonly #history: History;
  readonly #log: Logger;
  readonly #startedAt = Date.now();
  readonly #recoversUntil = performance.now() + RECOVERY_MS;
  readonly #byKey = new LRUCache<string, Sent>({ max: REMEMBERED });
  readonly #byRef = new LRUCache<string, Sent>({ max: REMEMBERED });

  constructor(api: SlackApi, pictures: Pictures, log: Logger) {
    this.#api = api;
    this.#pictures = pictures;
    this.#history = new History(api);
    this.#log = log;
  }

  async openThread(place: Place, { userName, title }: NewThread, key: string): Promise<OpenedThread> {
    if (place.thread !== null) return { place };
    const [name, subject] = [userName, title].map((text) => text.replace(/[*`]/g, ''));
    const beginning = await this.post(place, { text: `🖌️ **${name}** · ${subject}` }, key);
    return { place: { ...place, thread: beginning.message }, beginning };
  }

  async post(place: Place, message: Message, key: string): Promise<MessageRef> {
    const known =
      this.#byKey.get(key) ?? (this.#mayPredate(place) ? await this.#find(place, key) : undefined);
    if (known) return known.ref;
    const { shown, file } = await this.#prepare(message);
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#send(place, shown, key, file);
      } catch (error) {
        const lost = isDoubtful(error);
        if (!lost && file !== undefined) await this.#drop(file);
        if (!lost || tries === ATTEMPTS) throw chatError(error);
      }
      await delay(PAUSE_MS * tries);
      const sent = await this.#find(place, key);
      if (sent) return sent.ref;
    }
  }

  /** Replaces a message, and deletes the picture that it had. */
  async edit(ref: MessageRef, message: Message): Promise<void> {
    const { channel, message: ts } = ref;
    const sent = await this.#sentAs(ref);
    const { shown, file } = await this.#prepare(message);
    const { text, blocks } = render(shown, file);
    try {
      await this.#pictures.showing(() => this.#api.raw('chat.update', { channel, ts, text, blocks }));
    } catch (error) {
      if (file !== undefined) await this.#drop(file);
      throw chatError(error);
    }
    const before = sent?.file;
    if (sent) sent.file = file;
    if (before !== undefined) await this.#drop(before);
  }

  /** Removes a message and its picture. */
  async remove(ref: MessageRef): Promise<void> {
    const sent = await this.#sentAs(ref);
    try {
      await this.#api.call('chat.delete', { channel: ref.channel, ts: ref.message });
    } catch (error) {
      if (!(error instanceof ImpastoError && error.code === 'message-gone')) throw error;
    }
    if (sent?.file === undefined) return;
    await this.#drop(sent.file);
    sent.file = undefined;
  }

  /** The thread that a message is in. */
  async threadOf(ref: MessageRef): Promise<string | null> {
    return (await this.#sentAs(ref))?.thread ?? null;
  }

  /** Uploads a message's picture; where the workspace permits no uploads, the message says so instead. */
  async #prepare(message: Message): Promise<{ shown: Message; file: string | undefined }> {
    const { picture, ...words } = message;
    if (!picture) return { shown: message, file: undefined };
    try {
      return { shown: message, file: await this.#pictures.upload(picture) };
    } catch (error) {
      if (!(error instanceof ImpastoError && error.code === 'platform-refused')) throw error;
      const text = `${words.text}\n⚠ The picture cannot be shown: ${apology(error)}`;
      return { shown: { ...words, text }, file: undefined };
    }
  }

  async #send(place: Place, message: Message, key: string, file: string | undefined): Promise<MessageRef> {
    const { channel, thread } = place;
    const { text, blocks } = render(message, file);
    const answer = await this.#pictures.showing(() =>
      this.#api.raw('chat.postMessage', {
        channel,
        text,
        blocks,
        ...(thread !== null && { thread_ts: thread }),
        metadata: { event_type: METADATA_TYPE, event_payload: { key } },
        unfurl_links: false,
        unfurl_media: false,
      }),
    );
    const ref = { platform: PLATFORM, channel: String(answer.channel), message: String(answer.ts) };
    this.#remember({ ref, thread, file }, key);
    return ref;
  }

  /** Whether an earlier process may have posted there: a thread that was begun since the start has nothing of it. */
  #mayPredate({ thread }: Place): boolean {
    if (thread !== null) return 1000 * Number(thread) < this.#startedAt + SKEW_MS;
    return performance.now() < this.#recoversUntil;
  }

  async #find({ channel, thread }: Place, key: string): Promise<Sent | undefined> {
    try {
      const found = await this.#history.ofKey(channel, thread, key);
      if (!found) return undefined;
      const ref = { platform: PLATFORM, channel, message: found.ts };
      return this.#remember({ ref, thread, file: pictureOf(found) }, key);
    } catch (err) {
      // Better twice than never.
      this.#log.debug({ err, key }, 'Slack: earlier messages could not be looked through');
      return undefined;
    }
  }

  /** What is known of a message; looked up after a restart. */
  async #sentAs(ref: MessageRef): Promise<Sent | undefined> {
    const known = this.#byRef.get(idOf(ref));
    if (known) return known;
    const found = await this.#history.message(ref.channel, ref.message).catch((err) => {
      this.#log.debug({ err, message: ref.message }, 'Slack: a message could not be looked up');
      return undefined;
    });
    if (!found) return undefined;
    const thread = found.thread_ts === found.ts ? null : (found.thread_ts ?? null);
    return this.#remember({ ref, thread, file: pictureOf(found) });
  }

  #remember(sent: Sent, key?: string): Sent {
    if (key !== undefined) this.#byKey.set(key, sent);
    this.#byRef.set(idOf(sent.ref), sent);
    return sent;
  }

  /** Deletes a picture; one that stays takes up room and nothing else. */
  async #drop(file: string): Promise<void> {
    await this.#pictures.remove(file).catch((err) => {
      this.#log.debug({ err, file }, 'Slack: a picture could not be deleted');
    });
  }
}

function idOf({ channel, message }: MessageRef): string {
  return `${channel}:${message}`;
}

function pictureOf({ blocks = [] }: { blocks?: readonly { type: string; slack_file?: { id?: string } }[] }) {
  return blocks.find(({ type }) => type === 'image')?.slack_file?.id;
}
