import { slackAdapter } from '../../src/adapters/slack/adapter.ts';
import type { Place } from '../../src/bot/chat.ts';
import { createLog } from '../../src/ops/log.ts';
import type { Human } from './slack/human.ts';
import type { Channel, Message } from './slack/model.ts';
import { type FakeSlack, type FakeSlackOptions, startFakeSlack } from './slack/server.ts';
import { startWholeBot, type WholeBot, type WholeBotOptions } from './whole-bot.ts';

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
export interface SlackInstance extends SlackStage, Omit<WholeBot, 'remove'>, AsyncDisposable {
  /** A message whose text has this, anywhere that Ann sees; as soon as there is one. */
  message(text: string | RegExp): Promise<Message>;
}

/** Options of {@link startSlackInstance}. */
export interface SlackInstanceOptions extends FakeSlackOptions, WholeBotOptions {
  /** Least milliseconds between two edits; default 20, too fast for Slack's tiers, so these are off, too. */
  readonly editIntervalMs?: number;
}

export async function startSlackInstance(options: SlackInstanceOptions = {}): Promise<SlackInstance> {
  const { editIntervalMs = 20 } = options;
  const stage = await openSlack({ rateLimits: false, ...options });
  const bot = await startWholeBot((log) => stage.connect({ editIntervalMs, log }), options);
  const { server } = stage;
  return {
    ...stage,
    ...bot,
    message: (text) =>
      server.until(() =>
        [...server.world.channels.values()]
          .flatMap(({ messages }) => messages)
          .find((each) => (typeof text === 'string' ? each.text.includes(text) : text.test(each.text))),
      ),
    async [Symbol.asyncDispose]() {
      await bot.stop();
      await server.close();
      await bot.remove();
    },
  };
}
