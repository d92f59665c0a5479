import {
  ChannelType,
  type Client,
  escapeMarkdown,
  RESTJSONErrorCodes,
  Routes,
  ThreadAutoArchiveDuration,
} from 'discord.js';
import type { NewThread, OpenedThread, Place } from '../../bot/chat.ts';
import { isDiscordError } from './failures.ts';
import { missingPermissions } from './permissions.ts';
import { nonceOf } from './render.ts';

const MAX_NAME = 100;

/** Opens a thread for each request where the bot may, and says once a channel where it may not. */
export class Threads {
  readonly #client: Client;
  /** Channels whose missing permissions have been told. */
  readonly #told = new Set<string>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** A thread on a message that says who asked for what; the place itself where there can be none. */
  async open(place: Place, thread: NewThread, key: string): Promise<OpenedThread> {
    if (place.thread !== null) return { place };
    const channel = await this.#client.channels.fetch(place.channel);
    if (channel?.type !== ChannelType.GuildText && channel?.type !== ChannelType.GuildAnnouncement) {
      return { place };
    }
    const me = channel.guild.members.me ?? (await channel.guild.members.fetchMe());
    const missing = missingPermissions(channel.permissionsFor(me), [
      'SendMessages',
      'CreatePublicThreads',
      'SendMessagesInThreads',
    ]);
    if (missing.length > 0) return this.#without(place, missing);
    const starter = await this.#start(place.channel, thread, key);
    await this.#client.rest
      .put(Routes.threadMembers(starter, thread.user))
      // Without it the thread is not in the requester's list until the result calls them.
      .catch(() => {});
    return { place: { ...place, thread: starter } };
  }

  /** @returns the thread's id, which is that of the message that it hangs on. */
  async #start(channel: string, { userName, title }: NewThread, key: string): Promise<string> {
    const { rest } = this.#client;
    const message = (await rest.post(Routes.channelMessages(channel), {
      body: {
        content: `🖌️ **${escapeMarkdown(userName, { maskedLink: true })}** · ${escapeMarkdown(title, { maskedLink: true })}`,
        allowed_mentions: { parse: [] },
        nonce: nonceOf(key),
        enforce_nonce: true,
      },
    })) as { id: string };
    try {
      await rest.post(Routes.threads(channel, message.id), {
        body: {
          name: `${userName} · ${title}`.slice(0, MAX_NAME),
          auto_archive_duration: ThreadAutoArchiveDuration.OneDay,
        },
      });
    } catch (error) {
      if (!isDiscordError(error, RESTJSONErrorCodes.ThreadAlreadyCreatedForMessage)) {
        await rest.delete(Routes.channelMessage(channel, message.id)).catch(() => {});
        throw error;
      }
    }
    return message.id;
  }

  #without(place: Place, missing: readonly string[]): OpenedThread {
    if (this.#told.has(place.channel)) return { place };
    this.#told.add(place.channel);
    return { place, notice: `I can open no thread here: I lack ${missing.join(', ')}.` };
  }

  /** Opens an archived thread again, which takes no edit and no reaction before. */
  async reopen(thread: string): Promise<void> {
    await this.#client.rest.patch(Routes.channel(thread), { body: { archived: false } });
  }
}

/** Whether an error says that a thread is archived. */
export function isArchived(error: unknown): boolean {
  return isDiscordError(error, RESTJSONErrorCodes.InvalidActionOnArchivedThread);
}
