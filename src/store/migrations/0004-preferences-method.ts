import type { Kysely } from 'kysely';

interface Tables {
  readonly preferences: {
    readonly platform: string;
    readonly user_id: string;
    readonly preferences: string;
  };
}

/** Preferences from before there were several methods go on with the one that they were chosen for. */
export async function up(db: Kysely<Tables>): Promise<void> {
  const rows = await db.selectFrom('preferences').selectAll().execute();
  for (const { platform, user_id, preferences } of rows) {
    await db
      .updateTable('preferences')
      .set({ preferences: JSON.stringify({ ...JSON.parse(preferences), method: 'gatys' }) })
      .where('platform', '=', platform)
      .where('user_id', '=', user_id)
      .execute();
  }
}
