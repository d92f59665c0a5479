import type { Kysely } from 'kysely';

interface Tables {
  readonly preferences: {
    readonly platform: string;
    readonly user_id: string;
    readonly preferences: string;
  };
}

/** Settings whose meaning depends on the method. */
const METHOD_SETTINGS = ['iterations', 'layers', 'contentWeight', 'styleWeight', 'tvWeight'];

/** Preferences with weights, evaluations or layers from before there were several methods go on with their method. */
export async function up(db: Kysely<Tables>): Promise<void> {
  const rows = await db.selectFrom('preferences').selectAll().execute();
  for (const { platform, user_id, preferences } of rows) {
    const kept = JSON.parse(preferences);
    if (!METHOD_SETTINGS.some((name) => Object.hasOwn(kept, name))) continue;
    await db
      .updateTable('preferences')
      .set({ preferences: JSON.stringify({ ...kept, method: 'gatys' }) })
      .where('platform', '=', platform)
      .where('user_id', '=', user_id)
      .execute();
  }
}
