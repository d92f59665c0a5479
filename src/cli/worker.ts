import { once } from 'node:events';
import { Command } from 'commander';
import type { Config } from '../config.ts';
import { createLog } from '../ops/log.ts';
import { startWorker } from '../worker.ts';

/** What `impasto worker` works with. */
export interface WorkerCommandOptions {
  readonly config: Config;
  /** Stops the worker, gracefully. */
  readonly signal: AbortSignal;
}

/** Makes the command `worker`, which paints jobs of bots elsewhere until it is told to stop. */
export function workerCommand({ config, signal }: WorkerCommandOptions): Command {
  return new Command('worker')
    .description('paint for bots on other machines, by way of a Redis server')
    .action(async () => {
      const log = createLog({ level: config.logLevel });
      for (const warning of config.warnings) log.warn(warning);
      try {
        const worker = await startWorker({ config, log, signal });
        if (!signal.aborted) await once(signal, 'abort');
        await worker.stop();
      } catch (error) {
        if (!signal.aborted) throw error;
      }
      // A part that could not be stopped in time must not keep the process.
      process.exit(0);
    });
}
