import { once } from 'node:events';
import type { Config } from '../config.ts';
import { startWorker } from '../main/worker.ts';
import { createLog } from '../ops/log.ts';

/** What `impasto worker` works with. */
export interface WorkerRunOptions {
  readonly config: Config;
  /** Stops the worker, gracefully. */
  readonly signal: AbortSignal;
}

/**
 * Paints jobs of bots elsewhere until it is told to stop.
 *
 * @throws what startWorker throws.
 */
export async function runWorker({ config, signal }: WorkerRunOptions): Promise<void> {
  const log = createLog({ level: config.logLevel });
  for (const warning of config.warnings) log.warn(warning);
  try {
    const worker = await startWorker({ config, log, signal });
    if (!signal.aborted) await once(signal, 'abort');
    await worker.stop();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
