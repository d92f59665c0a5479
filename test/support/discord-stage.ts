import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { discordAdapter } from '../../src/adapters/discord/adapter.ts';
import type { Place } from '../../src/bot/chat.ts';
import { readConfig } from '../../src/config.ts';
import { type Instance, painterOf, startInstance } from '../../src/main.ts';
import { createLog } from '../../src/ops/log.ts';
import type { Painter } from '../../src/queue/task.ts';
import { openPictureFolder } from '../../src/store/pictures.ts';
import type { Human } from './discord/human.ts';
import type { Channel } from './discord/model/channel.ts';
import type { Guild } from './discord/model/guild.ts';
import type { Message } from './discord/model/message.ts';
import { type FakeDiscord, type FakeDiscordOptions, startFakeDiscord } from './discord/server.ts';
import { Easel } from './scripted-painter.ts';

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
export interface DiscordInstance extends DiscordStage, AsyncDisposable {
  readonly easel: Easel;
  readonly folder: string;
  readonly log: string[];
  stop(): Promise<void>;
  start(): Promise<void>;
  /** A message whose text has this, in the channel, its threads, or Ann's direct messages; as soon as there is one. */
  message(text: string | RegExp): Promise<Message>;
}

/** Options of {@link startDiscordInstance}. */
export interface DiscordInstanceOptions extends FakeDiscordOptions {
  /** Least milliseconds between two edits; default 20, too fast for Discord's limits, so these are off, too. */
  readonly editIntervalMs?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly shardCount?: number;
  /** Paints for real, on a tiny network, in a process; by default paintings wait for the easel. */
  readonly paints?: boolean;
}

export async function startDiscordInstance(options: DiscordInstanceOptions = {}): Promise<DiscordInstance> {
  const { editIntervalMs = 20, environment = {}, paints = false, shardCount } = options;
  const stage = await openDiscord({ rateLimits: false, ...options });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-discord-'));
  const pictures = openPictureFolder(path.join(folder, 'pictures'));
  const easel = new Easel(() => pictures);
  const lines: string[] = [];
  const log = createLog({ level: 'debug', destination: { write: (line) => void lines.push(line) } });
  const config = readConfig(
    { IMPASTO_DATA: folder, IMPASTO_HTTP_PORT: 'off', IMPASTO_THREADS: '1', ...environment },
    path.join(folder, 'no.env'),
  );
  const realPainter = (): Painter =>
    painterOf(config, log, {
      execArgv: ['--import', 'tsx'],
      entry: new URL('./tiny-painter.ts', import.meta.url),
    });
  const start = () =>
    startInstance({
      config,
      adapters: [stage.connect({ editIntervalMs, log, ...(shardCount && { shards: shardCount }) })],
      log,
      createPainter: () => (paints ? realPainter() : easel.createPainter()),
    });
  let instance: Instance | undefined = await start();
  const { channel, ann, server } = stage;
  return {
    ...stage,
    easel,
    folder,
    log: lines,
    async start() {
      instance = await start();
    },
    async stop() {
      await instance?.stop();
      instance = undefined;
    },
    message: (text) =>
      server.until(() =>
        [channel, ...channel.threads, ann.direct]
          .flatMap(({ messages }) => messages)
          .find(({ content }) => (typeof text === 'string' ? content.includes(text) : text.test(content))),
      ),
    async [Symbol.asyncDispose]() {
      await instance?.stop();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
