import type { Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely';
import type { PictureHash } from '../../queue/task.ts';
import { UNFINISHED } from './job-rows.ts';
import type { Schema } from './schema.ts';

/** Pictures of unfinished and undelivered jobs, and of saved styles. */
export async function picturesInUse(db: Kysely<Schema>): Promise<Set<PictureHash>> {
  const ofJobs = db.selectFrom('job_pictures').innerJoin('jobs', 'jobs.id', 'job_pictures.job_id');
  const rows = await ofJobs
    .select('hash')
    .where('state', 'in', UNFINISHED)
    .union(ofJobs.select('hash').where('delivered_at', 'is', null).where('deleted_at', 'is', null))
    .union(db.selectFrom('styles').select('hash'))
    .execute();
  return new Set(rows.map(({ hash }) => hash));
}

/** Whether a picture of a query is among {@link picturesInUse}. */
export function isInUse<Table extends keyof Schema>(
  outer: ExpressionBuilder<Schema, Table>,
  hash: Expression<string>,
): Expression<SqlBool> {
  const row = outer as unknown as ExpressionBuilder<Schema, never>;
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
