import type { Kysely } from 'kysely';

/** Who had which picture kept: whose share of the place of pictures it counts towards. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('kept_pictures')
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('server_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('kept_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('kept_pictures_key', ['platform', 'user_id', 'server_id', 'hash'])
    .execute();
  const index = (name: string) => db.schema.createIndex(name).on('kept_pictures');
  await index('kept_pictures_of_server').columns(['platform', 'server_id', 'hash']).execute();
  await index('kept_pictures_by_hash').column('hash').execute();
  await index('kept_pictures_by_time').column('kept_at').execute();
  await index('kept_pictures_by_use').column('used_at').execute();
}
