import type { Kysely, Transaction } from 'kysely';
import type { ServerKey, UserKey } from '../../core/keys.ts';
import type { PictureHash } from '../../core/pictures.ts';
import type { Erased } from '../store.ts';
import { ENDED } from './job-rows.ts';
import { getPreferences, removePreferences } from './preferences.ts';
import { isReferenced } from './references.ts';
import type { Schema } from './schema.ts';

/** Whom the audit log names once a user has been erased. */
const ERASED_USER = 'erased';

/** Whose rows are erased: by a column that jobs, styles and kept pictures all have. */
interface Owner {
  readonly platform: string;
  readonly column: 'user_id' | 'server_id';
  readonly id: string;
}

export function eraseUser(db: Kysely<Schema>, key: UserKey): Promise<Erased> {
  return atomically(db, async (transaction) => {
    const preferences = Object.keys(await getPreferences(transaction, key)).length;
    await removePreferences(transaction, key);
    await transaction
      .updateTable('audit')
      .set({ user_id: ERASED_USER })
      .where('platform', '=', key.platform)
      .where('user_id', '=', key.user)
      .execute();
    const erased = await eraseOwned(transaction, {
      platform: key.platform,
      column: 'user_id',
      id: key.user,
    });
    return { ...erased, preferences };
  });
}

export function eraseServer(db: Kysely<Schema>, { platform, server }: ServerKey): Promise<Erased> {
  return atomically(db, async (transaction) => {
    for (const table of ['limits', 'audit', 'departures'] as const) {
      await transaction
        .deleteFrom(table)
        .where('platform', '=', platform)
        .where('server_id', '=', server)
        .execute();
    }
    const erased = await eraseOwned(transaction, { platform, column: 'server_id', id: server });
    return { ...erased, preferences: 0 };
  });
}

/** All of it sees one state of the database: what it names of jobs and pictures is what it erases. */
function atomically<Result>(
  db: Kysely<Schema>,
  work: (transaction: Transaction<Schema>) => Promise<Result>,
): Promise<Result> {
  return db.transaction().setIsolationLevel('repeatable read').execute(work);
}

/** Erases ended jobs, with their pictures' and messages' rows, saved styles, and notes of kept pictures. */
async function eraseOwned(
  transaction: Transaction<Schema>,
  owner: Owner,
): Promise<Omit<Erased, 'preferences'>> {
  const messages = await messagesOf(transaction, owner);
  const candidates = await picturesOf(transaction, owner);
  const styles = await transaction
    .deleteFrom('styles')
    .where('platform', '=', owner.platform)
    .where(owner.column, '=', owner.id)
    .executeTakeFirstOrThrow();
  // With a job go its pictures' and messages' rows; jobs derived from it stay without a parent.
  const jobs = await transaction
    .deleteFrom('jobs')
    .where('platform', '=', owner.platform)
    .where(owner.column, '=', owner.id)
    .where('state', 'in', ENDED)
    .executeTakeFirstOrThrow();
  await transaction
    .deleteFrom('kept_pictures')
    .where('platform', '=', owner.platform)
    .where(owner.column, '=', owner.id)
    .execute();
  const pictures: PictureHash[] = [];
  for (const hash of candidates) {
    if (!(await isReferenced(transaction, hash))) pictures.push(hash);
  }
  return { jobs: Number(jobs.numDeletedRows), styles: Number(styles.numDeletedRows), messages, pictures };
}

/** Messages linked to the owner's ended jobs. */
async function messagesOf(transaction: Transaction<Schema>, owner: Owner): Promise<Erased['messages']> {
  const rows = await transaction
    .selectFrom('messages')
    .innerJoin('jobs', 'jobs.id', 'messages.job_id')
    .select(['messages.platform', 'messages.channel_id', 'message_id', 'role'])
    .where('jobs.platform', '=', owner.platform)
    .where(`jobs.${owner.column}`, '=', owner.id)
    .where('state', 'in', ENDED)
    .execute();
  return rows.map((row) => ({
    platform: row.platform,
    channel: row.channel_id,
    message: row.message_id,
    role: row.role,
  }));
}

/** Pictures of the owner's ended jobs and saved styles, and those that the owner had kept. */
async function picturesOf(transaction: Transaction<Schema>, owner: Owner): Promise<PictureHash[]> {
  const of = (table: 'styles' | 'kept_pictures') =>
    transaction
      .selectFrom(table)
      .select('hash')
      .where('platform', '=', owner.platform)
      .where(owner.column, '=', owner.id);
  const rows = await transaction
    .selectFrom('job_pictures')
    .innerJoin('jobs', 'jobs.id', 'job_pictures.job_id')
    .select('hash')
    .where('platform', '=', owner.platform)
    .where(`jobs.${owner.column}`, '=', owner.id)
    .where('state', 'in', ENDED)
    .union(of('styles'))
    .union(of('kept_pictures'))
    .execute();
  return rows.map(({ hash }) => hash);
}
