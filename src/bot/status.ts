import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Chat, Message, MessageRef } from './chat.ts';

/**
 * The message that shows a job's progress, edited in place no faster than the platform permits. Of updates that come
 * faster only the newest is sent. A failed edit is not repeated: the next one, or the result, says more.
 */
export class StatusMessage {
  readonly #chat: Chat;
  readonly #ref: MessageRef;
  readonly #log: Logger;
  #next: (() => Message) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> = Promise.resolve();
  #lastEdit: number;
  #ended = false;

  constructor(chat: Chat, ref: MessageRef, log: Logger) {
    this.#chat = chat;
    this.#ref = ref;
    this.#log = log;
    this.#lastEdit = performance.now();
  }

  /** Shows a message as soon as the platform permits; it is made only when it is sent. */
  show(message: () => Message): void {
    if (this.#ended) return;
    this.#next = message;
    this.#timer ??= setTimeout(() => this.#send(), this.#wait());
  }

  /** Shows the last message and settles when that is done, or has failed. */
  async finish(message: Message): Promise<void> {
    this.stop();
    await this.#sending;
    await delay(this.#wait());
    await this.#edit(message);
  }

  /** Drops what has not been sent. */
  stop(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #wait(): number {
    return Math.max(0, this.#lastEdit + this.#chat.capabilities.minEditIntervalMs - performance.now());
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

  async #edit(message: Message): Promise<void> {
    try {
      await this.#chat.edit(this.#ref, message);
    } catch (error) {
      this.#log.debug({ err: error, message: this.#ref.message }, 'a status could not be edited');
    } finally {
      this.#lastEdit = performance.now();
    }
  }
}
