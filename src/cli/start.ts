import { once } from 'node:events';
import { Command } from 'commander';
import type { ChatAdapter } from '../adapters/adapter.ts';
import { discordAdapter } from '../adapters/discord/adapter.ts';
import { slackAdapter } from '../adapters/slack/adapter.ts';
import { slackConnection } from '../adapters/slack/setup.ts';
import type { Config } from '../config.ts';
import { startInstance } from '../main.ts';
import { createLog, type Logger } from '../ops/log.ts';

/** What `impasto start` works with. */
export interface StartCommandOptions {
  readonly config: Config;
  /** Stops the bot, gracefully. */
  readonly signal: AbortSignal;
}

/** Makes the command `start`, which runs the bot until it is told to stop. */
export function startCommand({ config, signal }: StartCommandOptions): Command {
  return new Command('start').description('run the bot').action(async () => {
    const log = createLog({ level: config.logLevel });
    for (const warning of config.warnings) log.warn(warning);
    const adapters = configuredAdapters(config, log);
    const instance = await startInstance({ config, adapters, log });
    if (adapters.length === 0) {
      log.warn(
        'No chat platform is connected: jobs that were accepted before are painted, and no others come.',
      );
    }
    if (!signal.aborted) await once(signal, 'abort');
    await instance.stop();
    // A part that could not be stopped in time must not keep the process.
    process.exit(0);
  });
}

/** The chat platforms that the environment has tokens for. */
function configuredAdapters({ discordToken, discordShards, slack }: Config, log: Logger): ChatAdapter[] {
  const { botToken } = slack;
  return [
    ...(discordToken === undefined
      ? []
      : [discordAdapter({ token: discordToken, shards: discordShards, log })]),
    ...(botToken === undefined
      ? []
      : [slackAdapter({ token: botToken, connection: slackConnection(slack), log })]),
  ];
}
