import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { type JobPatch, type JobState, type NewJob, UNFINISHED } from '../../core/job.ts';
import type { PictureHash } from '../../core/pictures.ts';
import { ImpastoError } from '../../nst/errors.ts';
import type { JobStore } from '../store.ts';
import { columnsOf, ENDED, jobOf, rowOf, timeOf } from './job-rows.ts';
import { markKeptUsed } from './kept-pictures.ts';
import type { JobPictureTable, JobTable, Schema } from './schema.ts';

export function jobStore(db: Kysely<Schema>): JobStore {
  return {
    insert: (job) => insert(db, job),
    async get(id) {
      const row = await db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
      return row && jobOf(row);
    },
    async update(id, patch) {
      await change(db, id, undefined, patch);
    },
    transition: (id, from, patch) => change(db, id, from, patch),
    async unfinished() {
      const rows = await db
        .selectFrom('jobs')
        .selectAll()
        .where('state', 'in', UNFINISHED)
        // In the alphabet, too, “running” comes before “waiting”.
        .orderBy('state')
        .orderBy('created_at')
        .orderBy('sequence')
        .execute();
      return rows.map(jobOf);
    },
    async undelivered() {
      const rows = await db
        .selectFrom('jobs')
        .selectAll()
        .where('delivered_at', 'is', null)
        .where('deleted_at', 'is', null)
        // “In the ended ones” would lead SQLite to its index on the state, past all ended jobs there ever were.
        .where('state', 'not in', UNFINISHED)
        .orderBy('created_at')
        .orderBy('sequence')
        .execute();
      return rows.map(jobOf);
    },
    async ofUser({ platform, user }, limit) {
      const rows = await db
        .selectFrom('jobs')
        .selectAll()
        .where('platform', '=', platform)
        .where('user_id', '=', user)
        .orderBy('created_at', 'desc')
        .orderBy('sequence', 'desc')
        .limit(limit)
        .execute();
      return rows.map(jobOf);
    },
    async spending({ platform, server }, since) {
      const ofServer = db
        .selectFrom('jobs')
        .select(['user_id', 'created_at', 'sequence', 'finished_at', 'state', 'painter_ms', 'estimate_ms'])
        .where('platform', '=', platform)
        .where('server_id', '=', server);
      // Two queries, because SQLite would not use its index on finished_at for both at once. A job that was accepted
      // since cannot have ended before.
      const rows = await ofServer
        .where('finished_at', '>=', since)
        .unionAll(
          ofServer
            .where('finished_at', 'is', null)
            .where((row) => row.or([row('state', 'in', UNFINISHED), row('created_at', '>=', since)])),
        )
        .orderBy('created_at')
        .orderBy('sequence')
        .execute();
      return rows.map((row) => ({
        user: row.user_id,
        createdAt: Number(row.created_at),
        finishedAt: timeOf(row.finished_at),
        state: row.state,
        painterMs: row.painter_ms,
        estimateMs: row.estimate_ms,
      }));
    },
    async painterTime(since) {
      const rows = await db
        .selectFrom('jobs')
        .select(['platform', 'server_id', 'user_id', 'finished_at', 'painter_ms'])
        .where('finished_at', '>=', since)
        .execute();
      return rows.map((row) => ({
        platform: row.platform,
        server: row.server_id,
        user: row.user_id,
        finishedAt: Number(row.finished_at),
        painterMs: row.painter_ms,
      }));
    },
    async past(before, limit) {
      const rows = await db
        .selectFrom('jobs')
        .selectAll()
        .where((row) => isPast(row, before))
        .orderBy('finished_at')
        .limit(limit)
        .execute();
      return rows.map(jobOf);
    },
    async removePast(ids, before) {
      if (ids.length === 0) return 0;
      const { numDeletedRows } = await db
        .deleteFrom('jobs')
        .where('id', 'in', ids)
        .where((row) => isPast(row, before))
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}

function isPast(row: ExpressionBuilder<Schema, 'jobs'>, before: number): Expression<SqlBool> {
  const kept = row
    .selectFrom('job_pictures')
    .innerJoin('kept_pictures', 'kept_pictures.hash', 'job_pictures.hash')
    .select('job_pictures.hash')
    .whereRef('job_pictures.job_id', '=', 'jobs.id')
    .where('role', '=', 'result');
  return row.and([
    row('finished_at', '<', before),
    row('state', 'in', ENDED),
    row.or([row('delivered_at', 'is not', null), row('deleted_at', 'is not', null)]),
    row.not(row.exists(kept)),
  ]);
}

async function insert(db: Kysely<Schema>, job: NewJob): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('jobs')
      .values((row) => ({
        ...rowOf(job),
        // A parent may have been erased since; its child then lives without, as if it had been erased later.
        parent_id: row.selectFrom('jobs').select('id').where('id', '=', job.parentId),
        sequence: nextSequence(row),
      }))
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 0n) {
      if (await isOnRecord(transaction, job)) return;
      throw new ImpastoError('already-exists', `There is a job ${job.id} already.`, {
        advice: 'Choose another id.',
      });
    }
    const sources = [job.content, ...job.styles.map(({ hash }) => hash), job.mask, job.init];
    await addPictures(transaction, job.id, 'source', sources);
    await markKeptUsed(
      transaction,
      sources.filter((hash) => hash !== null),
      job.createdAt,
    );
  });
}

/** Whether this very job, not another of its id, is there already: an earlier attempt may have got no answer. */
async function isOnRecord(db: Kysely<Schema>, job: NewJob): Promise<boolean> {
  const row = await db.selectFrom('jobs').selectAll().where('id', '=', job.id).executeTakeFirst();
  const asAccepted = Object.entries(rowOf(job)) as [keyof JobTable, unknown][];
  return row !== undefined && asAccepted.every(([column, value]) => String(row[column]) === String(value));
}

/** Jobs that several processes accept in one moment may share a number; no order was promised between them. */
function nextSequence(row: ExpressionBuilder<Schema, 'jobs'>) {
  return row.selectFrom('jobs').select(sql<number>`coalesce(max(sequence), 0) + 1`.as('next'));
}

/** Changes a job whose state is among the given ones; false when there is no such job. */
async function change(
  db: Kysely<Schema>,
  id: string,
  from: readonly JobState[] | undefined,
  patch: JobPatch,
): Promise<boolean> {
  if (from?.length === 0) return false;
  // What is one statement is a transaction by itself.
  if (patch.result === undefined) return changeRow(db, id, from, patch);
  return db.transaction().execute(async (transaction) => {
    if (!(await changeRow(transaction, id, from, patch))) return false;
    await transaction
      .deleteFrom('job_pictures')
      .where('job_id', '=', id)
      .where('role', '=', 'result')
      .execute();
    await addPictures(transaction, id, 'result', [patch.result?.picture, patch.result?.timelapse]);
    return true;
  });
}

/** Changes a job's own row, but not the pictures that it refers to. */
export async function changeRow(
  db: Kysely<Schema>,
  id: string,
  from: readonly JobState[] | undefined,
  patch: JobPatch,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('jobs')
    // Something has to be set even where the patch is empty.
    .set((row) => ({ ...columnsOf(patch), lane: row.ref('lane') }))
    .where('id', '=', id)
    .$if(from !== undefined, (query) => query.where('state', 'in', from as JobState[]))
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

async function addPictures(
  db: Kysely<Schema>,
  jobId: string,
  role: JobPictureTable['role'],
  pictures: readonly (PictureHash | null | undefined)[],
): Promise<void> {
  const hashes = new Set(pictures.filter((hash) => typeof hash === 'string'));
  if (hashes.size === 0) return;
  const rows = [...hashes].map((hash) => ({ job_id: jobId, role, hash }));
  await db.insertInto('job_pictures').values(rows).execute();
}
