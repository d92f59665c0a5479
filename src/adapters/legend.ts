import type { Logger } from 'pino';
import type { Message } from '../bot/chat.ts';

/** What a legend needs of its platform. */
export interface LegendPlatform {
  /** Puts the bot's reaction on a message. */
  react(channel: string, message: string, emoji: string): Promise<unknown>;
  /** Whether the bot may react there, as far as is known. */
  mayReact(channel: string): boolean;
  readonly log: Logger;
}

/** Puts the reactions of a result's legend on it, to be pressed, where the bot may. */
export class Legend {
  readonly #platform: LegendPlatform;
  readonly #adding = new Set<Promise<void>>();
  #stopped = false;

  constructor(platform: LegendPlatform) {
    this.#platform = platform;
  }

  /** Begins with it; platforms take only a few in a second, which nobody has to wait for. */
  add(channel: string, message: string, { buttons = [] }: Message): void {
    const emoji = buttons.filter(({ form }) => !form).map((button) => button.emoji);
    // A single button, ❌ under a job in progress, is legend enough.
    if (emoji.length < 2 || !this.#platform.mayReact(channel)) return;
    const work = this.#react(channel, message, emoji).catch((err) => {
      this.#platform.log.debug({ err, message }, 'the legend’s reactions could not be added');
    });
    this.#adding.add(work);
    void work.finally(() => this.#adding.delete(work));
  }

  /** Leaves the rest: buttons do the same, and a stop must not wait for it. Settles when no call is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#adding);
  }

  async #react(channel: string, message: string, emoji: readonly string[]): Promise<void> {
    for (const each of emoji) {
      if (this.#stopped) return;
      await this.#platform.react(channel, message, each);
    }
  }
}
