import type { Checkpoints } from '../queue/checkpoints.ts';
import type { PictureStore } from '../store/pictures.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from './log.ts';

/** Options of {@link startHousekeeping}. */
export interface HousekeepingOptions {
  readonly store: Store;
  readonly pictures: PictureStore;
  readonly checkpoints: Pick<Checkpoints, 'keep'>;
  readonly thumbnails: Pick<PictureStore, 'clean'>;
  /** Pictures are kept this long after their last use, in milliseconds. */
  readonly retentionMs: number;
  /** All pictures together at most, in bytes. */
  readonly maxBytes: number;
  readonly log: Logger;
  /** Time between two rounds, in milliseconds; default one hour. */
  readonly everyMs?: number;
}

const HOUR_MS = 3_600_000;
/** A thumbnail that no painting has needed for this long was left by a worker that was lost. */
const THUMBNAILS_MS = 24 * HOUR_MS;

/**
 * Erases servers that were left longer ago than the retention, removes pictures that are too old or too many, never
 * those of unfinished and undelivered jobs and of saved styles, the checkpoints of ended jobs, and thumbnails that were left: now and every hour.
 *
 * @returns a function that ends it, and settles when a round that runs has ended.
 */
export function startHousekeeping(options: HousekeepingOptions): () => Promise<void> {
  const { store, pictures, checkpoints, thumbnails, log, everyMs = HOUR_MS } = options;
  const { retentionMs, maxBytes } = options;
  const round = async () => {
    try {
      await eraseLeft();
      const inUse = await store.picturesInUse();
      const { removed, bytes } = await pictures.clean({
        retentionMs,
        maxBytes,
        keep: (hash) => inUse.has(hash),
      });
      await checkpoints.keep(async () => new Set((await store.jobs.unfinished()).map(({ id }) => id)));
      await thumbnails.clean({
        retentionMs: THUMBNAILS_MS,
        maxBytes: Number.POSITIVE_INFINITY,
        keep: () => false,
      });
      if (removed.length > 0) log.info({ removed: removed.length, bytes }, 'old pictures were removed');
    } catch (err) {
      log.error({ err }, 'old pictures, checkpoints and servers could not be removed');
    }
  };
  const eraseLeft = async () => {
    for (const server of await store.servers.leftBefore(Date.now() - retentionMs)) {
      const erased = await store.eraseServer(server);
      for (const hash of erased.pictures) {
        if (!(await store.isReferenced(hash))) await pictures.remove(hash);
      }
      log.info({ ...server, jobs: erased.jobs, styles: erased.styles }, 'a server that was left is erased');
    }
  };
  let running = round();
  const timer = setInterval(() => {
    running = running.then(round);
  }, everyMs).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
