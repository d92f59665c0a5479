import { Command } from 'commander';
import { registerCommands } from '../adapters/discord/registration.ts';
import type { Config } from '../config.ts';
import { ImpastoError } from '../nst/errors.ts';
import type { Output } from './terminal.ts';

/** What `impasto register` works with. */
export interface RegisterCommandOptions {
  readonly config: Pick<Config, 'discordToken'>;
  readonly stdout: Output;
  /** Base address of Discord's API; its own by default. */
  readonly discordApi?: string;
}

/** Makes the command `register`, which tells Discord the bot's commands. */
export function registerCommand({ config, stdout, discordApi }: RegisterCommandOptions): Command {
  return new Command('register')
    .description('tell Discord the bot’s commands; the bot itself does so when they have changed')
    .option('--server <id>', 'on this server alone, where they can be used at once')
    .option('--remove', 'take them away instead')
    .action(async ({ server, remove }: { server?: string; remove?: true }) => {
      if (config.discordToken === undefined) {
        throw new ImpastoError('bad-setting', 'There is no token for Discord.', {
          advice: 'Set IMPASTO_DISCORD_TOKEN in .env or in the environment.',
        });
      }
      if (server !== undefined && !/^\d{17,20}$/.test(server)) {
        throw new ImpastoError(
          'bad-setting',
          `--server takes a server’s id, not ${JSON.stringify(server)}.`,
          {
            advice:
              'Switch on Settings → Advanced → Developer Mode, then right-click the server → Copy Server ID.',
          },
        );
      }
      const count = await registerCommands({
        token: config.discordToken,
        ...(server !== undefined && { server }),
        ...(remove && { remove }),
        ...(discordApi !== undefined && { api: discordApi }),
      });
      const where = server === undefined ? 'everywhere' : `on the server ${server}`;
      stdout.write(
        remove ? `The commands are removed ${where}.\n` : `${count} commands are registered ${where}.\n`,
      );
    });
}
