import type { PictureKeeping } from '../store/keeping.ts';
import type { Store } from '../store/store.ts';

/** Rows that are removed in one transaction: nobody waits for longer than that takes. */
const BATCH = 500;
/** Such transactions in one go, of jobs and of entries: what else is to be done waits meanwhile. The rest is left. */
const BATCHES = 20;

/** How many rows have been removed. */
export interface Pruned {
  readonly jobs: number;
  readonly auditEntries: number;
}

/**
 * Removes jobs that ended before a time, with their messages' links, and older entries of the audit log, at most 10,000 of
 * each. Jobs stay whose
 * requesters have not been told of the end, and those whose result is still kept.
 *
 * @throws ImpastoError `store-failed`, `not-readable`
 */
export async function prune(
  store: Pick<Store, 'jobs' | 'servers'>,
  keeping: Pick<PictureKeeping, 'count'>,
  before: number,
): Promise<Pruned> {
  const pruned = { jobs: 0, auditEntries: 0 };
  for (let batch = 0; batch < BATCHES; batch++) {
    const past = await store.jobs.past(before, BATCH);
    // A result of which there is no note may be there all the same; from here on there is one.
    for (const job of past) {
      for (const hash of [job.result?.picture, job.result?.timelapse]) {
        if (hash) await keeping.count(hash, job);
      }
    }
    pruned.jobs += await store.jobs.removePast(
      past.map(({ id }) => id),
      before,
    );
    if (past.length < BATCH) break;
  }
  for (let batch = 0; batch < BATCHES; batch++) {
    const removed = await store.servers.removeAudit(before, BATCH);
    pruned.auditEntries += removed;
    if (removed < BATCH) break;
  }
  return pruned;
}
