import type { ChatAdapter } from '../../src/adapters/adapter.ts';
import type { Bot } from '../../src/bot/bot.ts';
import type {
  ActionEvent,
  CommandEvent,
  Message,
  MessageRef,
  NewThread,
  OpenedThread,
  Place,
} from '../../src/bot/chat.ts';
import { ImpastoError } from '../../src/nst/errors.ts';
import { type EventSink, type FakeApi, toBotEvent } from './fake-platform.ts';

/** What a fake adapter is connected to: the platform in this process, or a line to another one. */
export interface FakeConnection extends FakeApi {
  readonly minEditIntervalMs: number;
  readonly uploadBytes: number;
  /** Every server by default. */
  owns?(server: string): boolean;
  connect(sink: EventSink): void;
}

/** An adapter that implements the real contract, for a platform that lives in the tests. */
export class FakeAdapter implements ChatAdapter {
  readonly platform: string;
  readonly scope: string;
  readonly capabilities;
  readonly #connection: FakeConnection;
  /** The bot, once started. */
  bot: Bot | undefined;
  readonly #inHand = new Set<Promise<void>>();
  #state: 'new' | 'started' | 'stopped' | 'closed' = 'new';

  constructor(connection: FakeConnection, platform = 'fake') {
    this.#connection = connection;
    this.platform = platform;
    this.scope = platform;
    this.capabilities = {
      editAttachments: true,
      ephemeral: true,
      buttons: true,
      pictureFormats: ['png', 'jpeg', 'webp', 'gif'] as const,
      minEditIntervalMs: connection.minEditIntervalMs,
    };
  }

  async start(bot: Bot): Promise<void> {
    this.#state = 'started';
    this.bot = bot;
    this.#connection.connect(async (fakeEvent) => {
      if (this.#state !== 'started') throw new Error('The adapter takes no events.');
      const event = toBotEvent(fakeEvent, this.#connection);
      const work = 'command' in event ? bot.command(event as CommandEvent) : bot.action(event as ActionEvent);
      this.#inHand.add(work);
      await work.finally(() => this.#inHand.delete(work));
    });
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    await Promise.all(this.#inHand);
  }

  async close(): Promise<void> {
    this.#state = 'closed';
  }

  owns(server: string): boolean {
    return this.#connection.owns?.(server) ?? true;
  }

  async maxUploadBytes(): Promise<number> {
    return this.#connection.uploadBytes;
  }

  async openThread(place: Place, { previews: _, ...thread }: NewThread, key: string): Promise<OpenedThread> {
    this.#checkOpen();
    return this.#connection.openThread(place, thread, key);
  }

  async post(place: Place, message: Message, key: string): Promise<MessageRef> {
    this.#checkOpen();
    return this.#connection.post(place, message, key);
  }

  async direct(user: string, message: Message, key: string): Promise<MessageRef> {
    this.#checkOpen();
    const channel = `@${user}`;
    return this.#connection.post(
      { platform: this.platform, server: channel, channel, thread: null },
      message,
      `direct-${key}`,
    );
  }

  async edit(ref: MessageRef, message: Message): Promise<void> {
    this.#checkOpen();
    return this.#connection.edit(ref, message);
  }

  async remove(ref: MessageRef): Promise<void> {
    this.#checkOpen();
    return this.#connection.remove(ref);
  }

  async forgetThread(beginning: MessageRef): Promise<void> {
    return this.remove(beginning);
  }

  #checkOpen(): void {
    if (this.#state !== 'closed') return;
    throw new ImpastoError('platform-failed', 'The adapter is closed.', { advice: 'Start it.' });
  }
}
