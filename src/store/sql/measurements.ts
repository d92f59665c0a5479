import type { Kysely } from 'kysely';
import type { MeasurementStore } from '../store.ts';
import type { Schema } from './schema.ts';

export function measurementStore(db: Kysely<Schema>): MeasurementStore {
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
