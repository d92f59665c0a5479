import { type Kysely, type Migration, Migrator, sql } from 'kysely';
import { ImpastoError } from '../../nst/errors.ts';
import { storeFailed } from './errors.ts';

/**
 * Brings a database to the newest version of its tables.
 *
 * @throws ImpastoError `disk-full`, and `store-failed`, also for a database that has been migrated further than this program knows; it
 *   is then left as it was.
 */
export async function migrate<Tables>(
  db: Kysely<Tables>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<void> {
  // The migrator would notice, too, but only after it has written its lock.
  const unknown = (await executed(db)).filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0) {
    throw new ImpastoError(
      'store-failed',
      `The database was written by a newer version of Impasto: it knows ${unknown.join(', ')}.`,
      { advice: 'Update Impasto, or go back to a copy of the database made before.' },
    );
  }
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error instanceof ImpastoError) throw error;
  if (error !== undefined) throw storeFailed('The database cannot be brought up to date.', error);
}

/** The migrations that a database has seen; none where it is new. */
async function executed<Tables>(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`
    .execute(db)
    .catch(() => ({ rows: [] }));
  return rows.map(({ name }) => name);
}
