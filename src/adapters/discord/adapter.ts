import {
  type Client,
  Events,
  GatewayDispatchEvents,
  type GatewayDispatchPayload,
  LimitedCollection,
  type RawFile,
  RESTEvents,
  Routes,
} from 'discord.js';
import type { Logger } from 'pino';
import type { Bot } from '../../bot/bot.ts';
import type { Capabilities, Message, MessageRef, NewThread, OpenedThread, Place } from '../../bot/chat.ts';
import { ImpastoError } from '../../nst/errors.ts';
import type { ChatAdapter } from '../adapter.ts';
import { Deliveries } from '../deliveries.ts';
import { Legend } from '../legend.ts';
import { createClient } from './client.ts';
import { chatError, disconnected, tokenError } from './failures.ts';
import { Interactions } from './interactions.ts';
import { missingPermissions } from './permissions.ts';
import { actorOfMember, channelOf, PLATFORM, placeOfChannel } from './places.ts';
import { registerIfChanged } from './registration.ts';
import { nonceOf, render } from './render.ts';
import { findSent } from './sent.ts';
import { receives, type Shards, scopeOf } from './shards.ts';
import { isArchived, Threads } from './threads.ts';

/** What every server may upload, in bytes, as long as Discord has not said more. */
const UPLOAD_BYTES = 10 * 1024 * 1024;
/** Servers, and users, of whom something is remembered. */
const REMEMBERED = 10_000;
/** Five edits in five seconds are a channel's share; this leaves room for answers. */
const EDIT_INTERVAL_MS = 2500;

/** Options of {@link discordAdapter}. */
export interface DiscordOptions {
  readonly token: string;
  /** Default `auto`: as many as Discord recommends. */
  readonly shards?: Shards;
  readonly log: Logger;
  /** Least milliseconds between two edits of a message; default 2500, see EDIT_INTERVAL_MS. */
  readonly editIntervalMs?: number;
  /** Base address of the API, for a proxy. */
  readonly api?: string;
  /** Fetches attachments; the global one by default. */
  readonly fetch?: typeof fetch;
}

/** Discord as a platform of the bot, by discord.js. */
export function discordAdapter(options: DiscordOptions): ChatAdapter {
  return new DiscordAdapter(options);
}

/** A reaction that was added: the ids of who did, and of where. */
interface Reaction {
  readonly user: string;
  readonly channel: string;
  readonly message: string;
  readonly emoji: { readonly id: string | null; readonly name: string | null };
}

class DiscordAdapter implements ChatAdapter {
  readonly platform = PLATFORM;
  readonly scope: string;
  readonly capabilities: Capabilities;
  readonly #options: DiscordOptions;
  readonly #shards: Shards;
  readonly #client: Client;
  readonly #threads: Threads;
  readonly #legend: Legend;
  /** By server; what is forgotten is told by the next interaction. */
  readonly #uploadBytes = new LimitedCollection<string, number>({ maxSize: REMEMBERED });
  /** By user; what is forgotten is asked again. */
  readonly #directChannels = new LimitedCollection<string, string>({ maxSize: REMEMBERED });
  readonly #deliveries: Deliveries;
  /** Why nothing can be had of Discord until the bot is started anew. */
  #broken: ImpastoError | undefined;

  constructor(options: DiscordOptions) {
    this.#options = options;
    this.#shards = options.shards ?? 'auto';
    this.scope = scopeOf(this.#shards, options.token);
    this.capabilities = {
      editAttachments: true,
      ephemeral: true,
      buttons: true,
      pictureFormats: ['png', 'jpeg', 'webp', 'gif'],
      minEditIntervalMs: options.editIntervalMs ?? EDIT_INTERVAL_MS,
    };
    this.#client = createClient({
      shards: this.#shards,
      ...(options.api !== undefined && { api: options.api }),
    });
    this.#client.rest.setToken(options.token);
    this.#threads = new Threads(this.#client);
    this.#legend = new Legend({
      log: options.log,
      mayReact: (channel) => this.#mayReact(channel),
      react: (channel, message, emoji) =>
        this.#client.rest.put(Routes.channelMessageOwnReaction(channel, message, encodeURIComponent(emoji))),
    });
    this.#deliveries = new Deliveries(PLATFORM, options.log);
  }

  async start(bot: Bot): Promise<void> {
    this.#watchConnection();
    this.#listen(bot);
    const ready = new Promise<Client<true>>((resolve) => this.#client.once(Events.ClientReady, resolve));
    try {
      await this.#client.login(this.#options.token);
    } catch (error) {
      throw tokenError(error) ?? chatError(error);
    }
    const client = await ready;
    const commands = await this.#register(client);
    this.#options.log.info(
      {
        user: client.user.tag,
        servers: client.guilds.cache.size,
        commands,
      },
      'connected to Discord',
    );
    const servers = () => [...client.guilds.cache.keys()];
    await bot.present(PLATFORM, servers());
    client.on(Events.GuildCreate, () => void this.#deliveries.track(() => bot.present(PLATFORM, servers())));
  }

  get problem(): string | undefined {
    return this.#broken?.message;
  }

  stop(): Promise<void> {
    return this.#deliveries.stop();
  }

  async close(): Promise<void> {
    void this.#deliveries.stop();
    await this.#legend.stop();
    await this.#client.destroy();
  }

  owns(server: string): boolean {
    return receives(this.#shards, server);
  }

  async maxUploadBytes({ server }: Place): Promise<number> {
    return this.#uploadBytes.get(server) ?? UPLOAD_BYTES;
  }

  openThread(place: Place, thread: NewThread, key: string): Promise<OpenedThread> {
    return this.#call(place.channel, () => this.#threads.open(place, thread, key));
  }

  async post(place: Place, message: Message, key: string, again = false): Promise<MessageRef> {
    const channel = channelOf(place);
    const { body, files } = render(message);
    const id = await this.#call(channel, async () => {
      const sent = again ? await findSent(this.#client, channel, { body, files }) : undefined;
      return sent ?? this.#send(channel, { ...body, nonce: nonceOf(key), enforce_nonce: true }, files);
    });
    this.#legend.add(channel, id, message);
    return { platform: PLATFORM, channel, message: id };
  }

  async #send(channel: string, body: object, files: RawFile[]): Promise<string> {
    const sent = await this.#client.rest.post(Routes.channelMessages(channel), { body, files });
    return (sent as { id: string }).id;
  }

  async direct(user: string, message: Message, key: string, again = false): Promise<MessageRef> {
    const server = `@${user}`;
    const channel = this.#directChannels.get(user) ?? (await this.#openDirect(user));
    return this.post({ platform: PLATFORM, server, channel, thread: null }, message, `direct-${key}`, again);
  }

  async edit({ channel, message: id }: MessageRef, message: Message): Promise<void> {
    const { body, files } = render(message);
    await this.#reopened(channel, () =>
      this.#client.rest.patch(Routes.channelMessage(channel, id), { body, files }),
    );
  }

  remove({ channel, message }: MessageRef): Promise<void> {
    return this.#away(channel, () => this.#client.rest.delete(Routes.channelMessage(channel, message)));
  }

  async forgetThread(beginning: MessageRef): Promise<void> {
    // A thread has the id of the message that it hangs on, and outlives it.
    const thread = beginning.message;
    try {
      await this.#away(thread, () => this.#threads.unname(thread));
    } finally {
      await this.remove(beginning);
    }
  }

  /** Takes something away; what is gone already is no error. */
  async #away(channel: string, call: () => Promise<unknown>): Promise<void> {
    try {
      await this.#reopened(channel, call);
    } catch (error) {
      if (!(error instanceof ImpastoError && error.code === 'message-gone')) throw error;
    }
  }

  /** Changes something in a channel; an archived thread, which takes no change, is opened for it. */
  async #reopened(channel: string, call: () => Promise<unknown>): Promise<void> {
    await this.#call(channel, async () => {
      try {
        await call();
      } catch (error) {
        if (!isArchived(error)) throw error;
        await this.#threads.reopen(channel);
        await call();
      }
    });
  }

  async #openDirect(user: string): Promise<string> {
    const opened = await this.#call(undefined, () =>
      this.#client.rest.post(Routes.userChannels(), { body: { recipient_id: user } }),
    );
    const { id } = opened as { id: string };
    this.#directChannels.set(user, id);
    return id;
  }

  /** Commands that cannot be registered now are those of before, or can be later: no reason not to start. */
  async #register(client: Client<true>): Promise<'registered' | 'unchanged' | 'not registered'> {
    try {
      return (await registerIfChanged(client)) ? 'registered' : 'unchanged';
    } catch (error) {
      this.#options.log.warn(
        { err: chatError(error) },
        'Discord: the commands could not be registered; the next start, or `impasto register`, tries again',
      );
      return 'not registered';
    }
  }

  /** Calls Discord; what it refuses is told in the bot's words, with the permissions that are missing there. */
  async #call<Result>(channel: string | undefined, call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (error) {
      throw this.#broken ?? chatError(error, channel === undefined ? [] : this.#missingIn(channel));
    }
  }

  #mayReact(id: string): boolean {
    const channel = this.#client.channels.cache.get(id);
    if (!channel || channel.isDMBased()) return true;
    const { me } = channel.guild.members;
    const needed = ['AddReactions', 'ReadMessageHistory'] as const;
    return !me || missingPermissions(channel.permissionsFor(me), needed).length === 0;
  }

  #missingIn(id: string): string[] {
    const channel = this.#client.channels.cache.get(id);
    if (!channel || channel.isDMBased()) return [];
    const { me } = channel.guild.members;
    return me ? missingPermissions(channel.permissionsFor(me)) : [];
  }

  #listen(bot: Bot): void {
    const interactions = new Interactions({
      bot,
      get: this.#options.fetch ?? fetch,
      log: this.#options.log,
      send: (place, message, key) => this.post(place, message, key),
      learnUploadLimit: (server, bytes) => {
        if (bytes > 0) this.#uploadBytes.set(server, bytes);
      },
    });
    this.#client.on(Events.InteractionCreate, (interaction) => {
      void this.#deliveries.once(interaction.id, bot, () => interactions.handle(interaction));
    });
    const react = (reaction: Reaction) => void this.#deliveries.track(() => this.#react(bot, reaction));
    this.#client.on(Events.MessageReactionAdd, ({ message, emoji }, { id }) =>
      react({ user: id, channel: message.channelId, message: message.id, emoji }),
    );
    this.#client.on(Events.Raw, ({ t, d }: GatewayDispatchPayload) => {
      // Of a channel that it does not know, discord.js cannot tell from a reaction that it is one of direct messages,
      // and drops the event.
      if (t !== GatewayDispatchEvents.MessageReactionAdd || d.guild_id !== undefined) return;
      if (this.#client.channels.cache.has(d.channel_id)) return;
      react({ user: d.user_id, channel: d.channel_id, message: d.message_id, emoji: d.emoji });
    });
    this.#client.on(Events.GuildDelete, ({ id }) => {
      void this.#deliveries.track(() => bot.left({ platform: PLATFORM, server: id }));
    });
  }

  async #react(bot: Bot, { user, channel: id, message, emoji }: Reaction): Promise<void> {
    // A server's own emoji have ids; ours have none.
    if (user === this.#client.user?.id || emoji.id !== null || !emoji.name) return;
    const person = await this.#client.users.fetch(user);
    if (person.bot) return;
    const channel = await this.#client.channels.fetch(id);
    if (!channel) return;
    const place = placeOfChannel(channel, user);
    const member = channel.isDMBased() ? undefined : await channel.guild.members.fetch(user);
    const ref = { platform: PLATFORM, channel: id, message };
    await bot.action({
      actor: actorOfMember(person, member),
      place,
      action: emoji.name,
      message: ref,
      // A reaction has no answer that one user alone sees, but direct messages are seen by nobody else either.
      reply: async (answer) => {
        const key = `reaction-${message}-${user}-${Date.now()}`;
        if (answer.private) await this.direct(user, answer, key);
        else await this.post(place, { mention: user, ...answer }, key);
      },
    });
  }

  #break(problem: ImpastoError | undefined): void {
    if (this.#broken || !problem) return;
    this.#broken = problem;
    this.#options.log.error({ err: problem }, 'Discord: nothing can be done any more');
  }

  #watchConnection(): void {
    const { log } = this.#options;
    this.#client.on(Events.Error, (err) => log.warn({ err }, 'Discord: error'));
    this.#client.on(Events.Warn, (warning) => log.warn({ warning }, 'Discord: warning'));
    this.#client.on(Events.ShardError, (err, shard) => log.warn({ err, shard }, 'Discord: connection error'));
    // Only where discord.js does not connect again.
    this.#client.on(Events.ShardDisconnect, (event, shard) => {
      log.error({ shard, code: event.code }, 'Discord: disconnected for good');
      this.#break(tokenError(event) ?? disconnected(event));
    });
    this.#client.rest.on(RESTEvents.Response, ({ data }, { status }) => {
      // discord.js forgets the token then and makes no request any more.
      if (status === 401 && data.auth) this.#break(tokenError({ status }));
    });
    this.#client.on(Events.ShardReconnecting, (shard) => log.info({ shard }, 'Discord: connecting again'));
    this.#client.on(Events.ShardResume, (shard, replayed) =>
      log.info({ shard, replayed }, 'Discord: resumed'),
    );
  }
}
