import { discordAdapter } from '../../src/adapters/discord/adapter.ts';
import type { Place } from '../../src/bot/chat.ts';
import { createLog } from '../../src/ops/log.ts';
import type { Human } from './discord/human.ts';
import type { Channel } from './discord/model/channel.ts';
import type { Guild } from './discord/model/guild.ts';
import type { Message } from './discord/model/message.ts';
import { type FakeDiscord, type FakeDiscordOptions, startFakeDiscord } from './discord/server.ts';
import { startWholeBot, type WholeBot, type WholeBotOptions } from './whole-bot.ts';

/** A Discord with one server, one channel and one member, and adapters that are yet to be started. */
export interface DiscordStage {
  readonly server: FakeDiscord;
  readonly guild: Guild;
  readonly channel: Channel;
  readonly ann: Human;
  readonly place: Place;
  /** Makes an adapter that connects there. */
  connect(options?: Partial<Parameters<typeof discordAdapter>[0]>): ReturnType<typeof discordAdapter>;
}

export async function openDiscord(options: FakeDiscordOptions = {}): Promise<DiscordStage> {
  const server = await startFakeDiscord(options);
  const guild = server.addGuild();
  const channel = guild.addChannel('art');
  const ann = server.addUser('Ann');
  guild.join(ann);
  return {
    server,
    guild,
    channel,
    ann,
    place: { platform: 'discord', server: guild.id, channel: channel.id, thread: null },
    connect: (more) =>
      discordAdapter({
        token: server.token,
        api: server.api,
        fetch: server.fetchCdn,
        log: createLog({ level: 'silent' }),
        ...more,
      }),
  };
}

/** A whole instance of the bot on a Discord of this machine. */
export interface DiscordInstance extends DiscordStage, Omit<WholeBot, 'remove'>, AsyncDisposable {
  /** A message whose text has this, in the channel, its threads, or Ann's direct messages; as soon as there is one. */
  message(text: string | RegExp): Promise<Message>;
}

/** Options of {@link startDiscordInstance}. */
export interface DiscordInstanceOptions extends FakeDiscordOptions, WholeBotOptions {
  /** Least milliseconds between two edits; default 20, too fast for Discord's limits, so these are off, too. */
  readonly editIntervalMs?: number;
  readonly shardCount?: number;
}

export async function startDiscordInstance(options: DiscordInstanceOptions = {}): Promise<DiscordInstance> {
  const { editIntervalMs = 20, shardCount } = options;
  const stage = await openDiscord({ rateLimits: false, ...options });
  const bot = await startWholeBot(
    (log) => stage.connect({ editIntervalMs, log, ...(shardCount && { shards: shardCount }) }),
    options,
  );
  const { channel, ann, server } = stage;
  return {
    ...stage,
    ...bot,
    get opsUrl() {
      return bot.opsUrl;
    },
    message: (text) =>
      server.until(() =>
        [channel, ...channel.threads, ann.direct]
          .flatMap(({ messages }) => messages)
          .find(({ content }) => (typeof text === 'string' ? content.includes(text) : text.test(content))),
      ),
    async [Symbol.asyncDispose]() {
      await bot.stop();
      await server.close();
      await bot.remove();
    },
  };
}
