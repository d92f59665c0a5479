import type { Kysely } from 'kysely';

/** Servers that the bot has left, whose data are erased after a time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('departures')
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('server_id', 'text', (column) => column.notNull())
    .addColumn('left_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('departures_key', ['platform', 'server_id'])
    .execute();
}
