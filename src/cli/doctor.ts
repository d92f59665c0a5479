import { Command } from 'commander';
import { checkDiscord } from '../adapters/discord/doctor.ts';
import { checkSlack } from '../adapters/slack/doctor.ts';
import type { Config } from '../config.ts';
import type { Check } from '../core/check.ts';
import { ImpastoError } from '../nst/errors.ts';
import { checkRedis } from '../queue/redis/doctor.ts';
import { checkDatabase, checkPictures } from '../store/doctor.ts';
import type { Output } from './terminal.ts';

/** What `impasto doctor` works with. */
export interface DoctorCommandOptions {
  readonly config: Pick<Config, 'discordToken' | 'warnings'> &
    Partial<Pick<Config, 'slack' | 'databaseUrl' | 'place' | 's3Credentials' | 'redisUrl' | 'redisPrefix'>>;
  /** What a look at the machine finds, before the chat platforms. */
  readonly machine?: AsyncIterable<Check>;
  readonly stdout: Output;
  /** Base address of Discord's API; its own by default. */
  readonly discordApi?: string;
  /** Base address of Slack's API; its own by default. */
  readonly slackApi?: string;
}

const SIGNS = { good: '✓', note: '•', bad: '✗' } as const;

/** Makes the command `doctor`, which looks at an installation and says what to mend; rejects when something is bad. */
export function doctorCommand({
  config,
  machine,
  stdout,
  discordApi,
  slackApi,
}: DoctorCommandOptions): Command {
  return new Command('doctor')
    .description('look at the machine, its engines and everything that the bot needs')
    .action(async () => {
      let bad = 0;
      for await (const { state, text, advice } of checks()) {
        if (state === 'bad') bad += 1;
        stdout.write(`${SIGNS[state]} ${text}\n${advice === undefined ? '' : `  → ${advice}\n`}`);
      }
      if (bad === 0) return;
      throw new ImpastoError(
        'bad-setting',
        `${bad === 1 ? 'One thing is' : `${bad} things are`} to be mended.`,
        {
          advice: 'What to do stands behind each arrow above.',
        },
      );
    });

  async function* checks(): AsyncGenerator<Check> {
    for (const text of config.warnings) yield { state: 'note', text };
    if (machine) yield* machine;
    if (config.databaseUrl !== undefined) yield* checkDatabase(config.databaseUrl);
    if (config.redisUrl !== undefined)
      yield* checkRedis({ url: config.redisUrl, prefix: config.redisPrefix });
    if (config.place) yield* checkPictures(config.place, config.s3Credentials);
    const { discordToken: token } = config;
    if (token === undefined) {
      yield {
        state: 'note',
        text: 'Discord is not configured',
        advice: 'Set IMPASTO_DISCORD_TOKEN to connect it.',
      };
    } else {
      yield* checkDiscord({ token, ...(discordApi !== undefined && { api: discordApi }) });
    }
    if (config.slack?.botToken === undefined) {
      yield {
        state: 'note',
        text: 'Slack is not configured',
        advice: 'Set IMPASTO_SLACK_BOT_TOKEN and IMPASTO_SLACK_APP_TOKEN to connect it.',
      };
    } else {
      yield* checkSlack(config.slack, slackApi);
    }
  }
}
