import type { Kysely } from 'kysely';
import type { MeasurementStore } from '../store.ts';
import type { MeasurementTable } from './schema.ts';

/** Works on every database with such a table. */
export function measurementStore<Tables extends { measurements: MeasurementTable }>(
  tables: Kysely<Tables>,
): MeasurementStore {
  const db = tables as unknown as Kysely<{ measurements: MeasurementTable }>;
  return {
    async get(name) {
      const row = await db
        .selectFrom('measurements')
        .select('value')
        .where('name', '=', name)
        .executeTakeFirst();
      return row?.value;
    },
    async set(name, value) {
      await db
        .insertInto('measurements')
        .values({ name, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute();
    },
  };
}
