import { type Client, Routes } from 'discord.js';
import type { Logger } from 'pino';
import type { Message } from '../../bot/chat.ts';
import { missingPermissions } from './permissions.ts';

/** Puts the reactions of a result's legend on it, to be pressed, where the bot may. */
export class Legend {
  readonly #client: Client;
  readonly #log: Logger;
  readonly #adding = new Set<Promise<void>>();
  #stopped = false;

  constructor(client: Client, log: Logger) {
    this.#client = client;
    this.#log = log;
  }

  /** Begins with it; Discord takes one in a quarter of a second, which nobody has to wait for. */
  add(channel: string, message: string, { buttons = [] }: Message): void {
    const emoji = buttons.filter(({ form }) => !form).map((button) => button.emoji);
    // A single button, ❌ under a job in progress, is legend enough.
    if (emoji.length < 2 || !this.#mayReact(channel)) return;
    const work = this.#react(channel, message, emoji).catch((err) => {
      this.#log.debug({ err, message }, 'the legend’s reactions could not be added');
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
      await this.#client.rest.put(
        Routes.channelMessageOwnReaction(channel, message, encodeURIComponent(each)),
      );
    }
  }

  #mayReact(id: string): boolean {
    const channel = this.#client.channels.cache.get(id);
    if (!channel || channel.isDMBased()) return true;
    const { me } = channel.guild.members;
    return (
      !me ||
      missingPermissions(channel.permissionsFor(me), ['AddReactions', 'ReadMessageHistory']).length === 0
    );
  }
}
