import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { ChatAdapter } from '../adapters/adapter.ts';
import { discordAdapter } from '../adapters/discord/adapter.ts';
import { slackAdapter } from '../adapters/slack/adapter.ts';
import { slackConnection } from '../adapters/slack/setup.ts';
import { StudioAdapter } from '../adapters/web/adapter.ts';
import type { Config } from '../config.ts';
import { type DeliveryImages, openDeliveryImages } from '../delivery-images/delivery-images.ts';
import { startInstance } from '../main/instance.ts';
import { folderCheck } from '../ops/health.ts';
import { createLog, type Logger } from '../ops/log.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** What `impasto start` works with. */
export interface BotOptions {
  readonly config: Config;
  /** Stops the bot, gracefully. */
  readonly signal: AbortSignal;
  /** Takes the studio's address. */
  readonly stdout: NodeJS.WritableStream;
}

/**
 * Runs the bot until it is told to stop.
 *
 * @throws ImpastoError `closed` when another gateway may have taken over from it, and what startInstance throws.
 */
export async function runBot(options: BotOptions): Promise<void> {
  const { config, signal } = options;
  const log = createLog({ level: config.logLevel });
  // Node then prints it and ends with 1: a process in an unknown state must not go on.
  process.on('uncaughtExceptionMonitor', (err, origin) => {
    log.fatal({ err, origin }, 'a defect ends the process; what was accepted goes on after the next start');
  });
  for (const warning of config.warnings) log.warn(warning);
  await run(options, log).catch((error) => {
    if (!signal.aborted) throw error;
  });
}

async function run({ config, signal, stdout }: BotOptions, log: Logger): Promise<void> {
  const platforms = configuredAdapters(config, log);
  const images = openDeliveryImages(log);
  const studio = opensStudio(config, platforms) ? studioOf(config, images, log) : undefined;
  const adapters = studio ? [...platforms, studio] : platforms;
  const checks = studio ? [folderCheck('the studio’s messages', config.studio.folder)] : [];
  const instance = await startInstance({ config, adapters, images, log, checks, signal });
  if (studio) stdout.write(`\n  The studio is open: ${studio.url}\n  Ctrl-C closes it.\n\n`);
  if (adapters.length === 0) {
    log.warn(
      'No chat platform is connected: jobs that were accepted before wait until theirs is connected again.',
    );
  }
  const ended = AbortSignal.any([signal, instance.lost]);
  if (!ended.aborted) await once(ended, 'abort');
  await instance.stop();
  if (!signal.aborted) throw instance.lost.reason;
}

function opensStudio({ studio }: Config, platforms: readonly ChatAdapter[]): boolean {
  return studio.mode === 'on' || (studio.mode === 'auto' && platforms.length === 0);
}

function studioOf(config: Config, images: DeliveryImages, log: Logger): StudioAdapter {
  const { studio, trustedProxies, maxBytes, retentionMs, picturesBytes } = config;
  const limits = { maxBytes, retentionMs, picturesBytes };
  return new StudioAdapter({ ...studio, ...limits, trustedProxies, images, version, log });
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
