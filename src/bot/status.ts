import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ImpastoError } from '../nst/errors.ts';
import type { Chat, Message, MessageRef } from './chat.ts';

/** What the time between two edits is multiplied by when the platform says that there were too many. */
const SLOWER = 4;

/**
 * The message that shows a job's progress, edited in place no faster than the platform permits. Of updates that come
 * faster only the newest is sent. A failed edit is not repeated: the next one, or the result, says more. A platform
 * may permit fewer edits of old messages, which is found out only by trying.
 */
export class StatusMessage {
  readonly #chat: Chat;
  readonly #ref: MessageRef;
  readonly #log: Logger;
  #next: (() => Message) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> = Promise.resolve();
  #lastEdit: number;
  #interval: number;
  #ended = false;

  constructor(chat: Chat, ref: MessageRef, log: Logger) {
    this.#chat = chat;
    this.#ref = ref;
    this.#log = log;
    this.#lastEdit = performance.now();
    this.#interval = chat.capabilities.minEditIntervalMs;
  }

  /** Shows a message as soon as the platform permits; it is made only when it is sent. */
  show(message: () => Message): void {
    if (this.#ended) return;
    this.#next = message;
    this.#timer ??= setTimeout(() => this.#send(), this.#wait());
  }

  /**
   * Shows the last message and settles when that is done, or has failed. Where the platform takes no further edit, the
   * message is removed: it would go on showing an unfinished painting.
   */
  async finish(message: Message): Promise<void> {
    this.stop();
    await this.#sending;
    if (this.#interval > this.#chat.capabilities.minEditIntervalMs) {
      await this.#remove();
      return;
    }
    await delay(this.#wait());
    const failure = await this.#edit(message);
    if (failure?.code === 'too-many-edits') await this.#remove();
  }

  /** Drops what has not been sent. */
  stop(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #wait(): number {
    return Math.max(0, this.#lastEdit + this.#interval - performance.now());
  }

  #send(): void {
    const message = this.#next;
    this.#next = undefined;
    if (!message || this.#ended) return;
    this.#sending = this.#edit(message()).then(() => {
      this.#timer = undefined;
      if (this.#next && !this.#ended) this.show(this.#next);
    });
  }

  /** @returns why it failed, if it did. */
  async #edit(message: Message): Promise<ImpastoError | undefined> {
    try {
      await this.#chat.edit(this.#ref, message);
      return undefined;
    } catch (error) {
      this.#log.debug({ err: error, message: this.#ref.message }, 'a status could not be edited');
      if (!(error instanceof ImpastoError)) return undefined;
      if (error.code === 'too-many-edits') this.#interval *= SLOWER;
      return error;
    } finally {
      this.#lastEdit = performance.now();
    }
  }

  async #remove(): Promise<void> {
    await this.#chat.remove(this.#ref).catch((error) => {
      this.#log.debug({ err: error, message: this.#ref.message }, 'a status could not be removed');
    });
  }
}
