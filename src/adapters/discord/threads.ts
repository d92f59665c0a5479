import {
  ChannelType,
  type Client,
  DiscordAPIError,
  escapeMarkdown,
  LimitedCollection,
  RESTJSONErrorCodes,
  Routes,
  ThreadAutoArchiveDuration,
} from 'discord.js';
import type { NewThread, OpenedThread, Place } from '../../bot/chat.ts';
import { beginning } from '../../bot/text.ts';
import { isDiscordError } from './failures.ts';
import { missingPermissions } from './permissions.ts';
import { PLATFORM } from './places.ts';
import { nonceOf } from './render.ts';

const MAX_NAME = 100;
/** The name of a thread whose requester wants to be forgotten. */
const NAMELESS = 'an erased request';
/** After so many other channels it may be told again why one has no threads. */
const REMEMBERED_CHANNELS = 10_000;

/** Opens a thread for each request where the bot may, and says once a channel where it may not. */
export class Threads {
  readonly #client: Client;
  /** What was told of a channel last. */
  readonly #told = new LimitedCollection<string, string>({ maxSize: REMEMBERED_CHANNELS });

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
    if (missing.length > 0) return this.#without(place, `I lack ${missing.join(', ')}.`);
    const starter = await this.#start(place.channel, thread, key);
    if (starter instanceof DiscordAPIError) {
      return this.#without(place, `Discord opens none here now: ${starter.message}.`);
    }
    await this.#client.rest
      .put(Routes.threadMembers(starter, thread.user))
      // Without it the thread is not in the requester's list until the result calls them.
      .catch(() => {});
    const beginning = { platform: PLATFORM, channel: place.channel, message: starter };
    return { place: { ...place, thread: starter }, beginning };
  }

  /** @returns the thread's id, which is that of the message that it hangs on, or why Discord refuses it. */
  async #start(
    channel: string,
    { userName, title }: NewThread,
    key: string,
  ): Promise<string | DiscordAPIError> {
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
          name: beginning(`${userName} · ${title}`, MAX_NAME),
          auto_archive_duration: ThreadAutoArchiveDuration.OneDay,
        },
      });
    } catch (error) {
      if (!isDiscordError(error, RESTJSONErrorCodes.ThreadAlreadyCreatedForMessage)) {
        await rest.delete(Routes.channelMessage(channel, message.id)).catch(() => {});
        if (error instanceof DiscordAPIError && error.status !== 401) return error;
        throw error;
      }
    }
    return message.id;
  }

  #without(place: Place, why: string): OpenedThread {
    if (this.#told.get(place.channel) === why) return { place };
    this.#told.set(place.channel, why);
    return { place, notice: `I can open no thread here: ${why}` };
  }

  /** Takes a thread's name away. */
  async unname(thread: string): Promise<void> {
    await this.#client.rest.patch(Routes.channel(thread), { body: { name: NAMELESS } });
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
