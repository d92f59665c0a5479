import type { Kysely } from 'kysely';
import type { UserKey } from '../../core/keys.ts';
import type { PreferenceStore } from '../store.ts';
import type { Schema } from './schema.ts';

export function preferenceStore(db: Kysely<Schema>): PreferenceStore {
  return {
    get: (key) => getPreferences(db, key),
    async set({ platform, user }, preferences) {
      if (Object.keys(preferences).length === 0) return removePreferences(db, { platform, user });
      const json = JSON.stringify(preferences);
      await db
        .insertInto('preferences')
        .values({ platform, user_id: user, preferences: json })
        .onConflict((conflict) =>
          conflict.columns(['platform', 'user_id']).doUpdateSet({ preferences: json }),
        )
        .execute();
    },
  };
}

export async function getPreferences(
  db: Kysely<Schema>,
  { platform, user }: UserKey,
): Promise<Record<string, unknown>> {
  const row = await db
    .selectFrom('preferences')
    .select('preferences')
    .where('platform', '=', platform)
    .where('user_id', '=', user)
    .executeTakeFirst();
  return row ? JSON.parse(row.preferences) : {};
}

export async function removePreferences(db: Kysely<Schema>, { platform, user }: UserKey): Promise<void> {
  await db.deleteFrom('preferences').where('platform', '=', platform).where('user_id', '=', user).execute();
}
