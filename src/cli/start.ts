import { once } from 'node:events';
import { Command } from 'commander';
import type { Config } from '../config.ts';
import { startInstance } from '../main.ts';
import { createLog } from '../ops/log.ts';

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
    const instance = await startInstance({ config, adapters: [], log });
    log.warn(
      'No chat platform is connected: jobs that were accepted before are painted, and no others come.',
    );
    if (!signal.aborted) await once(signal, 'abort');
    await instance.stop();
    // A part that could not be stopped in time must not keep the process.
    process.exit(0);
  });
}
