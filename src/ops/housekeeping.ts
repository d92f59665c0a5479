import type { Checkpoints } from '../core/checkpoints.ts';
import type { Painted } from '../core/task.ts';
import type { JobQueue } from '../queue/queue.ts';
import type { PictureKeeping } from '../store/keeping.ts';
import type { PictureStore } from '../store/pictures.ts';
import type { Store } from '../store/store.ts';
import type { ErasingClock } from './erasing-clock.ts';
import type { Logger } from './log.ts';
import { prune } from './prune.ts';

/** Options of {@link startHousekeeping}. */
export interface HousekeepingOptions {
  readonly store: Store;
  readonly keeping: Pick<PictureKeeping, 'clean' | 'count' | 'release'>;
  /** Tells of results, which painters keep by themselves. */
  readonly queue: Pick<JobQueue, 'subscribe'>;
  readonly checkpoints: Pick<Checkpoints, 'keep'>;
  readonly thumbnails: Pick<PictureStore, 'clean'>;
  /** Tells when the time is not to be trusted with what cannot be undone. */
  readonly clock: Pick<ErasingClock, 'look'>;
  /** Pictures are kept this long after their last use, in milliseconds. */
  readonly retentionMs: number;
  /** Jobs and entries of the audit log are kept this long, in milliseconds; those with a result as long as that. */
  readonly recordsMs: number;
  readonly log: Logger;
  /** Time between two rounds, in milliseconds; default one hour. */
  readonly everyMs?: number;
}

const HOUR_MS = 3_600_000;
/** A thumbnail that no painting has needed for this long was left by a worker that was lost. */
const THUMBNAILS_MS = 24 * HOUR_MS;

/**
 * Erases servers that were left longer ago than the retention, removes pictures that are too old or too many, never
 * those of unfinished and undelivered jobs and of saved styles, records that are too old, the checkpoints of ended jobs,
 * and thumbnails that were left: now and every hour. Results count as soon as they are there. Nothing that is kept is
 * removed for its age while the clock is not to be trusted.
 *
 * @returns a function that ends it, and settles when a round that runs has ended.
 */
export function startHousekeeping(options: HousekeepingOptions): () => Promise<void> {
  const { store, keeping, queue, checkpoints, thumbnails, log, everyMs = HOUR_MS } = options;
  const round = async () => {
    try {
      const now = await options.clock.look();
      // First: what should have gone must not wait for what cannot be done, such as a store that is away.
      if (now !== undefined) await eraseLeft(now);
      const { removed, bytes } = await keeping.clean(now === undefined ? undefined : options.retentionMs);
      if (removed.length > 0) log.info({ removed: removed.length, bytes }, 'old pictures were removed');
      await checkpoints.keep(async () => new Set((await store.jobs.unfinished()).map(({ id }) => id)));
      if (now !== undefined) await removeOld(now);
    } catch (err) {
      log.error({ err }, 'old pictures, checkpoints and servers could not be removed');
    }
  };
  const eraseLeft = async (now: number) => {
    for (const server of await store.servers.leftBefore(now - options.retentionMs)) {
      const erased = await store.eraseServer(server);
      await keeping.release(erased.pictures);
      log.info({ ...server, jobs: erased.jobs, styles: erased.styles }, 'a server that was left is erased');
    }
  };
  const removeOld = async (now: number) => {
    await thumbnails.clean({
      retentionMs: THUMBNAILS_MS,
      maxBytes: Number.POSITIVE_INFINITY,
      keep: () => false,
      now,
    });
    const pruned = await prune(store, keeping, now - options.recordsMs);
    if (pruned.jobs + pruned.auditEntries > 0) log.info(pruned, 'old records were removed');
  };
  const count = async (jobId: string, result: Painted) => {
    try {
      const job = await store.jobs.get(jobId);
      for (const hash of [result.picture, result.timelapse]) {
        if (job && hash) await keeping.count(hash, job);
      }
    } catch (err) {
      log.error({ err, jobId }, 'a result could not be counted');
    }
  };
  let running = round();
  const unsubscribe = queue.subscribe((event) => {
    if (event.type === 'done') running = running.then(() => count(event.jobId, event.result));
  });
  const timer = setInterval(() => {
    running = running.then(round);
  }, everyMs).unref();
  return async () => {
    clearInterval(timer);
    unsubscribe();
    await running;
  };
}
