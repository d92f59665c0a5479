import type { Kysely, Transaction } from 'kysely';
import type { PictureHash } from '../../queue/task.ts';
import type { Erased, MessageKey, UserKey } from '../store.ts';
import { ENDED } from './jobs.ts';
import { getPreferences, removePreferences } from './preferences.ts';
import { isReferenced } from './references.ts';
import type { Schema } from './schema.ts';

/** Whom the audit log names once a user has been erased. */
const ERASED_USER = 'erased';

export function eraseUser(db: Kysely<Schema>, key: UserKey): Promise<Erased> {
  return db.transaction().execute(async (transaction) => {
    const messages = await messagesOf(transaction, key);
    const candidates = await picturesOf(transaction, key);
    const preferences = Object.keys(await getPreferences(transaction, key)).length;
    await removePreferences(transaction, key);
    await transaction
      .updateTable('audit')
      .set({ user_id: ERASED_USER })
      .where('platform', '=', key.platform)
      .where('user_id', '=', key.user)
      .execute();
    const styles = await transaction
      .deleteFrom('styles')
      .where('platform', '=', key.platform)
      .where('user_id', '=', key.user)
      .executeTakeFirstOrThrow();
    // With a job go its pictures' and messages' rows; jobs derived from it stay without a parent.
    const jobs = await transaction
      .deleteFrom('jobs')
      .where('platform', '=', key.platform)
      .where('user_id', '=', key.user)
      .where('state', 'in', ENDED)
      .executeTakeFirstOrThrow();
    const pictures: PictureHash[] = [];
    for (const hash of candidates) {
      if (!(await isReferenced(transaction, hash))) pictures.push(hash);
    }
    return {
      jobs: Number(jobs.numDeletedRows),
      styles: Number(styles.numDeletedRows),
      preferences,
      messages,
      pictures,
    };
  });
}

/** Messages linked to the user's ended jobs. */
async function messagesOf(
  transaction: Transaction<Schema>,
  { platform, user }: UserKey,
): Promise<MessageKey[]> {
  const rows = await transaction
    .selectFrom('messages')
    .innerJoin('jobs', 'jobs.id', 'messages.job_id')
    .select(['messages.platform', 'messages.channel_id', 'message_id'])
    .where('jobs.platform', '=', platform)
    .where('user_id', '=', user)
    .where('state', 'in', ENDED)
    .execute();
  return rows.map((row) => ({ platform: row.platform, channel: row.channel_id, message: row.message_id }));
}

/** Pictures of the user's ended jobs and saved styles. */
async function picturesOf(
  transaction: Transaction<Schema>,
  { platform, user }: UserKey,
): Promise<PictureHash[]> {
  const rows = await transaction
    .selectFrom('job_pictures')
    .innerJoin('jobs', 'jobs.id', 'job_pictures.job_id')
    .select('hash')
    .where('platform', '=', platform)
    .where('user_id', '=', user)
    .where('state', 'in', ENDED)
    .union(
      transaction
        .selectFrom('styles')
        .select('hash')
        .where('platform', '=', platform)
        .where('user_id', '=', user),
    )
    .execute();
  return rows.map(({ hash }) => hash);
}
