import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { slackAdapter } from '../../src/adapters/slack/adapter.ts';
import type { Place } from '../../src/bot/chat.ts';
import { readConfig } from '../../src/config.ts';
import { type Instance, painterOf, startInstance } from '../../src/main.ts';
import { createLog } from '../../src/ops/log.ts';
import type { Painter } from '../../src/queue/task.ts';
import { openPictureFolder } from '../../src/store/pictures.ts';
import { Easel } from './scripted-painter.ts';
import type { Human } from './slack/human.ts';
import type { Channel, Message } from './slack/model.ts';
import { type FakeSlack, type FakeSlackOptions, startFakeSlack } from './slack/server.ts';

/** A Slack with one workspace, one channel and one member, and adapters that are yet to be started. */
export interface SlackStage {
  readonly server: FakeSlack;
  readonly channel: Channel;
  readonly ann: Human;
  readonly place: Place;
  /** Makes an adapter that connects there, in the way that the platform delivers. */
  connect(options?: Partial<Parameters<typeof slackAdapter>[0]>): ReturnType<typeof slackAdapter>;
}

export async function openSlack(options: FakeSlackOptions = {}): Promise<SlackStage> {
  const server = await startFakeSlack(options);
  const ann = server.addUser('Ann');
  const channel = server.addChannel('art', [ann]);
  const { appToken, signingSecret } = server;
  const onListening = (port: number) => {
    server.http.url = `http://127.0.0.1:${port}/slack/events`;
  };
  return {
    server,
    channel,
    ann,
    place: { platform: 'slack', server: server.world.team.id, channel: channel.id, thread: null },
    connect: (more) =>
      slackAdapter({
        token: server.botToken,
        connection:
          options.delivery === 'http'
            ? { signingSecret, host: '127.0.0.1', port: 0, onListening }
            : { appToken },
        api: server.apiUrl,
        fetch: server.fetchFiles,
        freshFileMs: 20,
        log: createLog({ level: 'silent' }),
        ...more,
      }),
  };
}

/** A whole instance of the bot on a Slack of this machine. */
export interface SlackInstance extends SlackStage, AsyncDisposable {
  readonly easel: Easel;
  readonly folder: string;
  readonly log: string[];
  stop(): Promise<void>;
  start(): Promise<void>;
  /** A message whose text has this, anywhere that Ann sees; as soon as there is one. */
  message(text: string | RegExp): Promise<Message>;
}

/** Options of {@link startSlackInstance}. */
export interface SlackInstanceOptions extends FakeSlackOptions {
  /** Least milliseconds between two edits; default 20, too fast for Slack's tiers, so these are off, too. */
  readonly editIntervalMs?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Paints for real, on a tiny network, in a process; by default paintings wait for the easel. */
  readonly paints?: boolean;
}

export async function startSlackInstance(options: SlackInstanceOptions = {}): Promise<SlackInstance> {
  const { editIntervalMs = 20, environment = {}, paints = false } = options;
  const stage = await openSlack({ rateLimits: false, ...options });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-slack-'));
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
      adapters: [stage.connect({ editIntervalMs, log })],
      log,
      createPainter: () => (paints ? realPainter() : easel.createPainter()),
    });
  let instance: Instance | undefined = await start();
  const { server } = stage;
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
        [...server.world.channels.values()]
          .flatMap(({ messages }) => messages)
          .find((each) => (typeof text === 'string' ? each.text.includes(text) : text.test(each.text))),
      ),
    async [Symbol.asyncDispose]() {
      await instance?.stop();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
