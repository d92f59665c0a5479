import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  ActionEvent,
  Actor,
  CommandEvent,
  Message,
  MessageRef,
  NewThread,
  OpenedThread,
  Place,
} from '../../src/bot/chat.ts';
import { type ErrorCode, ImpastoError } from '../../src/nst/errors.ts';

/** A file that a user sends with an event. */
export interface FakeFile {
  readonly name: string;
  readonly content: Uint8Array;
  /** Whether the platform tells its size beforehand; default true. */
  readonly sized?: boolean;
}

/** What a user does, as data that can cross to another process. */
export type FakeEvent = { readonly id: string; readonly actor: Actor; readonly place: Place } & (
  | {
      readonly kind: 'command';
      readonly command: string;
      readonly subcommand?: string;
      readonly options: Readonly<Record<string, string | number | boolean | FakeFile>>;
      readonly attachments?: readonly FakeFile[];
    }
  | {
      readonly kind: 'action';
      readonly action: string;
      readonly message: MessageRef;
      readonly jobId?: string;
      readonly options?: Readonly<Record<string, string>>;
    }
);

/** A message on the platform. */
export interface PostedMessage {
  readonly ref: MessageRef;
  readonly place: Place;
  /** Every form that it has had, oldest first. */
  readonly versions: Message[];
  readonly key: string;
  removed: boolean;
}

/** The calls that an adapter makes. */
export interface FakeApi {
  /** @param thread - plain data: it may cross to another process. */
  openThread(place: Place, thread: Omit<NewThread, 'previews'>, key: string): Promise<OpenedThread>;
  post(place: Place, message: Message, key: string): Promise<MessageRef>;
  edit(ref: MessageRef, message: Message): Promise<void>;
  remove(ref: MessageRef): Promise<void>;
  reply(eventId: string, message: Message): Promise<void>;
  /** A file is being fetched. */
  noteFetched?(): void;
}

/** Where events go. */
export type EventSink = (event: FakeEvent) => Promise<void>;

export const FAKE_UPLOAD_BYTES = 8_000_000;
const MAX_TEXT = 1900;

/**
 * A chat platform in memory, as strict as the real ones: it refuses what they refuse, edits that come too fast
 * among them, and remembers everything that was said.
 */
export class FakePlatform implements FakeApi {
  readonly minEditIntervalMs: number;
  readonly messages: PostedMessage[] = [];
  readonly replies: { readonly eventId: string; readonly message: Message }[] = [];
  /** What the bot did that a platform punishes. */
  readonly violations: string[] = [];
  /** Places that refuse messages and their removal, by channel, and with what. */
  readonly closed = new Map<string, ErrorCode>();
  /** Calls of `post` that fail before one succeeds, by key. */
  readonly outages = new Map<string, number>();
  /** Whether requests get threads. */
  threads = true;
  /** Threads that were opened. */
  readonly opened: Omit<NewThread, 'previews'>[] = [];
  /** What opening a thread fails with. */
  threadFault: Error | undefined;
  uploadBytes = FAKE_UPLOAD_BYTES;
  /** How many files have been fetched. */
  fetched = 0;
  /** Servers whose events come to this process. */
  owns = (_server: string) => true;
  #sink: EventSink | undefined;
  #next = 1;
  readonly #edited = new Map<string, number>();
  readonly #changes = new EventEmitter().setMaxListeners(0);

  constructor(minEditIntervalMs = 20) {
    this.minEditIntervalMs = minEditIntervalMs;
  }

  /** Connects an adapter. */
  connect(sink: EventSink): void {
    this.#sink = sink;
  }

  get isConnected(): boolean {
    return this.#sink !== undefined;
  }

  /** Does what a user does; settles when the adapter has handled it. Returns the answers to it. */
  async send(event: DistributiveOmit<FakeEvent, 'id'>): Promise<Message[]> {
    if (!this.#sink) throw new Error('No adapter is connected.');
    const id = `event-${this.#next++}`;
    await this.#sink({ ...event, id } as FakeEvent);
    return this.replies.filter(({ eventId }) => eventId === id).map(({ message }) => message);
  }

  async openThread(place: Place, thread: Omit<NewThread, 'previews'>, key: string): Promise<OpenedThread> {
    if (this.threadFault) throw this.threadFault;
    if (!this.threads) return { place };
    this.opened.push(thread);
    const beginning = { platform: place.platform, channel: place.channel, message: `beginning of ${key}` };
    return { place: { ...place, thread: key }, beginning };
  }

  async post(place: Place, message: Message, key: string): Promise<MessageRef> {
    const outages = this.outages.get(key) ?? 0;
    if (outages > 0) {
      this.outages.set(key, outages - 1);
      throw refusal('platform-failed', 'The platform is down.');
    }
    this.#checkOpen(place.channel, 'takes no messages');
    this.#check(message);
    const before = this.messages.find((each) => each.key === key);
    if (before) return before.ref;
    const ref = { platform: place.platform, channel: place.channel, message: `m${this.#next++}` };
    this.messages.push({ ref, place, versions: [message], key, removed: false });
    this.#edited.set(ref.message, performance.now());
    this.#changes.emit('change');
    return ref;
  }

  async edit(ref: MessageRef, message: Message): Promise<void> {
    const posted = this.find(ref);
    if (!posted || posted.removed) throw refusal('message-gone', 'There is no such message.');
    this.#check(message);
    const since = performance.now() - (this.#edited.get(ref.message) ?? 0);
    // A timer may fire a millisecond early.
    if (since < this.minEditIntervalMs - 2) this.violations.push(`${ref.message} edited after ${since} ms`);
    this.#edited.set(ref.message, performance.now());
    posted.versions.push(message);
    this.#changes.emit('change');
  }

  async remove(ref: MessageRef): Promise<void> {
    this.#checkOpen(ref.channel, 'lets no message be removed');
    const posted = this.find(ref);
    if (posted) posted.removed = true;
    this.#changes.emit('change');
  }

  noteFetched(): void {
    this.fetched += 1;
  }

  async reply(eventId: string, message: Message): Promise<void> {
    this.#check(message);
    this.replies.push({ eventId, message });
    this.#changes.emit('change');
  }

  find(ref: MessageRef): PostedMessage | undefined {
    return this.messages.find((each) => each.ref.message === ref.message);
  }

  /** The newest form of the messages whose key begins so. */
  texts(keyPrefix: string): string[] {
    return this.messages
      .filter(({ key }) => key.startsWith(keyPrefix))
      .map(({ versions }) => versions.at(-1)?.text ?? '');
  }

  /** Settles with what the probe returns as soon as that is something. */
  async until<Result>(probe: () => Result | undefined | false): Promise<Result> {
    for (;;) {
      const found = probe();
      if (found) return found;
      await Promise.race([
        new Promise((resolve) => this.#changes.once('change', resolve)),
        // A probe may look at more than this platform's messages.
        delay(50),
      ]);
    }
  }

  #checkOpen(channel: string, words: string): void {
    const refused = this.closed.get(channel);
    if (refused) throw refusal(refused, `The channel ${channel} ${words}.`);
  }

  #check({ text, picture }: Message): void {
    if (text.length === 0 || text.length > MAX_TEXT) {
      throw refusal('platform-refused', `A text has ${text.length} characters.`);
    }
    if (picture && picture.bytes.length > this.uploadBytes) {
      throw refusal('upload-too-large', `A file has ${picture.bytes.length} bytes.`);
    }
    if (picture && !/^[\w.-]+$/.test(picture.name)) this.violations.push(`file name ${picture.name}`);
    if (/\n\s+at |\/work\/|\/home\/|\/tmp\//.test(text)) this.violations.push(`a path or stack: ${text}`);
  }
}

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

function refusal(code: ErrorCode, message: string): ImpastoError {
  return new ImpastoError(code, message, { advice: 'This is a test.' });
}

/** The event as the bot takes it. */
export function toBotEvent(event: FakeEvent, api: FakeApi): CommandEvent | ActionEvent {
  const { id, actor, place } = event;
  const base = { actor, place, reply: (message: Message) => api.reply(id, message) };
  if (event.kind === 'action') {
    const { action, message, jobId, options } = event;
    return {
      ...base,
      action,
      message,
      ...(jobId !== undefined && { jobId }),
      ...(options && { options }),
    };
  }
  const { command, subcommand, options, attachments } = event;
  return {
    ...base,
    command,
    ...(subcommand !== undefined && { subcommand }),
    options: Object.fromEntries(
      Object.entries(options).map(([name, value]) => [
        name,
        typeof value === 'object' ? attach(value, api) : value,
      ]),
    ),
    ...(attachments && { attachments: attachments.map((file) => attach(file, api)) }),
  };
}

function attach({ name, content, sized = true }: FakeFile, api: FakeApi) {
  return {
    name,
    ...(sized && { bytes: content.length }),
    async *fetch(maxBytes: number): AsyncGenerator<Uint8Array> {
      api.noteFetched?.();
      if (content.length > maxBytes) throw refusal('picture-too-large', 'It has too many bytes.');
      yield content;
    },
  };
}
