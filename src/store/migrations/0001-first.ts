import { type Kysely, sql } from 'kysely';

/** The first tables. Types that SQLite and PostgreSQL both know; what is looked up has an index. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await jobs(db);
  await jobPictures(db);
  await messages(db);
  await servers(db);
  await styles(db);
  await db.schema
    .createTable('preferences')
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('preferences', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('preferences_key', ['platform', 'user_id'])
    .execute();
  await db.schema
    .createTable('measurements')
    .addColumn('name', 'text', (column) => column.notNull().primaryKey())
    .addColumn('value', 'double precision', (column) => column.notNull())
    .execute();
}

async function jobs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('jobs')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('parent_id', 'text', (column) => column.references('jobs.id').onDelete('set null'))
    .addColumn('change', 'text')
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('server_id', 'text', (column) => column.notNull())
    .addColumn('channel_id', 'text', (column) => column.notNull())
    .addColumn('thread_id', 'text')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('user_name', 'text', (column) => column.notNull())
    .addColumn('options', 'text', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('styles', 'text', (column) => column.notNull())
    .addColumn('mask', 'text')
    .addColumn('init', 'text')
    .addColumn('lane', 'text', (column) => column.notNull())
    .addColumn('max_concurrent', 'integer', (column) => column.notNull())
    .addColumn('estimate_ms', 'double precision', (column) => column.notNull())
    .addColumn('notices', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('finished_at', 'bigint')
    .addColumn('painter_ms', 'double precision', (column) => column.notNull())
    .addColumn('result', 'text')
    .addColumn('failure', 'text')
    .addColumn('status_message', 'text')
    .addColumn('delivered_at', 'bigint')
    .addColumn('deleted_at', 'bigint')
    .execute();
  const index = (name: string) => db.schema.createIndex(name).on('jobs');
  await index('jobs_of_parent').column('parent_id').execute();
  await index('jobs_by_sequence').column('sequence').execute();
  await index('jobs_by_state').columns(['state', 'created_at', 'sequence']).execute();
  await index('jobs_of_user').columns(['platform', 'user_id', 'created_at', 'sequence']).execute();
  await index('jobs_of_server').columns(['platform', 'server_id', 'finished_at']).execute();
  await index('jobs_by_end').column('finished_at').execute();
  await index('jobs_undelivered')
    .columns(['created_at', 'sequence'])
    .where(sql<boolean>`delivered_at is null and deleted_at is null`)
    .execute();
}

async function jobPictures(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('job_pictures')
    .addColumn('job_id', 'text', (column) => column.notNull().references('jobs.id').onDelete('cascade'))
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('job_pictures_key', ['job_id', 'role', 'hash'])
    .execute();
  await db.schema
    .createIndex('job_pictures_by_hash')
    .on('job_pictures')
    .columns(['hash', 'job_id'])
    .execute();
}

async function messages(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('messages')
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('channel_id', 'text', (column) => column.notNull())
    .addColumn('message_id', 'text', (column) => column.notNull())
    .addColumn('job_id', 'text', (column) => column.notNull().references('jobs.id').onDelete('cascade'))
    .addColumn('role', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('messages_key', ['platform', 'channel_id', 'message_id'])
    .execute();
  await db.schema.createIndex('messages_of_job').on('messages').column('job_id').execute();
}

async function servers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('limits')
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('server_id', 'text', (column) => column.notNull())
    .addColumn('limits', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('limits_key', ['platform', 'server_id'])
    .execute();
  await db.schema
    .createTable('audit')
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('server_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('before', 'text')
    .addColumn('after', 'text')
    .execute();
  const index = (name: string) => db.schema.createIndex(name).on('audit');
  await index('audit_of_server').columns(['platform', 'server_id', 'sequence']).execute();
  await index('audit_of_user').columns(['platform', 'user_id']).execute();
}

async function styles(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('styles')
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('server_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('styles_key', ['platform', 'server_id', 'name'])
    .execute();
  const index = (name: string) => db.schema.createIndex(name).on('styles');
  await index('styles_by_hash').column('hash').execute();
  await index('styles_of_user').columns(['platform', 'user_id']).execute();
}
