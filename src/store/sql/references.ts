import {
  type Expression,
  type ExpressionWrapper,
  expressionBuilder,
  type Kysely,
  type SqlBool,
} from 'kysely';
import { UNFINISHED } from '../../core/job.ts';
import type { PictureHash } from '../../core/pictures.ts';
import type { Schema } from './schema.ts';

/** Whether a picture is needed: by an unfinished or undelivered job, or by a saved style. */
export async function isInUse(db: Kysely<Schema>, hash: PictureHash): Promise<boolean> {
  const { used } = await db.selectNoFrom((row) => usedBy(row.val(hash)).as('used')).executeTakeFirstOrThrow();
  return Boolean(used);
}

/** The same as a part of a query. */
export function usedBy(hash: Expression<string>): ExpressionWrapper<Schema, never, SqlBool> {
  const row = expressionBuilder<Schema>();
  const jobs = row
    .selectFrom('job_pictures')
    .innerJoin('jobs', 'jobs.id', 'job_pictures.job_id')
    .select('job_pictures.hash')
    .where('job_pictures.hash', '=', hash)
    .where((job) =>
      job.or([
        job('state', 'in', UNFINISHED),
        job.and([job('delivered_at', 'is', null), job('deleted_at', 'is', null)]),
      ]),
    );
  const styles = row.selectFrom('styles').select('styles.hash').where('styles.hash', '=', hash);
  return row.or([row.exists(jobs), row.exists(styles)]);
}

/** Whether any job that is not deleted, or any saved style, refers to a picture. */
export async function isReferenced(db: Kysely<Schema>, hash: PictureHash): Promise<boolean> {
  const job = await db
    .selectFrom('job_pictures')
    .innerJoin('jobs', 'jobs.id', 'job_pictures.job_id')
    .select('hash')
    .where('hash', '=', hash)
    .where('deleted_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  if (job) return true;
  const style = await db
    .selectFrom('styles')
    .select('hash')
    .where('hash', '=', hash)
    .limit(1)
    .executeTakeFirst();
  return style !== undefined;
}
