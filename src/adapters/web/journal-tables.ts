import type { Kysely, Migration } from 'kysely';
import type { MeasurementTable } from '../../store/sql/schema.ts';

export interface PeopleTable {
  id: string;
  name: string;
  /** 0 or 1. */
  admin: number;
  /** JSON of a list. */
  roles: string;
  seen_at: number;
}

export interface ThreadTable {
  id: string;
  key: string;
  title: string;
  person: string;
  person_name: string;
  /** Hash of the photograph's picture, and address of the style's. */
  photograph: string | null;
  style: string | null;
  created_at: number;
  revision: number;
  removed: number;
}

export interface MessageTable {
  id: string;
  key: string;
  channel: string;
  thread: string | null;
  /** Who alone may see it. */
  audience: string | null;
  text: string;
  mention: string | null;
  picture: string | null;
  picture_name: string | null;
  picture_alt: string | null;
  /** JSON of a list. */
  buttons: string;
  progress: number | null;
  created_at: number;
  revision: number;
  removed: number;
}

/** The tables of the studio's journal. */
export interface Tables {
  people: PeopleTable;
  threads: ThreadTable;
  messages: MessageTable;
  measurements: MeasurementTable;
}

/** How the tables came to be; a migration that has been released is never changed: another follows it. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-first': { up: first },
  '0002-measurements': { up: measurements },
};

async function first(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('people')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('admin', 'integer', (column) => column.notNull())
    .addColumn('roles', 'text', (column) => column.notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('threads')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('key', 'text', (column) => column.notNull().unique())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('person_name', 'text', (column) => column.notNull())
    .addColumn('photograph', 'text')
    .addColumn('style', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('removed', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('messages')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('key', 'text', (column) => column.notNull().unique())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('thread', 'text')
    .addColumn('audience', 'text')
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('mention', 'text')
    .addColumn('picture', 'text')
    .addColumn('picture_name', 'text')
    .addColumn('picture_alt', 'text')
    .addColumn('buttons', 'text', (column) => column.notNull())
    .addColumn('progress', 'double precision')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('removed', 'integer', (column) => column.notNull())
    .execute();
  for (const table of ['threads', 'messages']) {
    await db.schema.createIndex(`${table}_revision`).on(table).column('revision').execute();
  }
  await db.schema.createIndex('messages_picture').on('messages').column('picture').execute();
}

async function measurements(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('measurements')
    .addColumn('name', 'text', (column) => column.notNull().primaryKey())
    .addColumn('value', 'double precision', (column) => column.notNull())
    .execute();
}
