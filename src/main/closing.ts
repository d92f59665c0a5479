import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../ops/log.ts';

/**
 * Stops what has been started, the latest first, and takes it off the list; what cannot be stopped is logged and does not
 * keep the rest.
 */
export async function closeAll(
  closing: (() => Promise<unknown>)[],
  log: Pick<Logger, 'error'>,
): Promise<void> {
  for (const close of closing.splice(0).reverse()) {
    await close().catch((err) => log.error({ err }, 'a part could not be stopped'));
  }
}

/** Whether work is done within so many milliseconds; it goes on all the same. */
export async function isDoneWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const late = delay(ms, false, { ref: false });
  return Promise.race([work.then(() => true), late]);
}
