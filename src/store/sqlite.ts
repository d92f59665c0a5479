import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely';
import Database from 'libsql';
import { ImpastoError } from '../nst/errors.ts';
import { migrations } from './migrations/migrations.ts';
import { migrate } from './sql/migrate.ts';
import type { Schema } from './sql/schema.ts';
import { sqlStore } from './sql/store.ts';
import type { Store } from './store.ts';

/** How long a statement waits for another process that writes, in milliseconds. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens the store in an SQLite file, which is made with its folder where there is none. Meant for one process; others
 * may read and write at the same time, waiting for each other.
 *
 * @throws ImpastoError `store-failed`: the file cannot be opened, is no database, or was written by a newer version.
 */
export async function openSqliteStore({ file }: { readonly file: string }): Promise<Store> {
  // An absolute path: libsql would take some relative names for addresses.
  const absolute = path.resolve(file);
  let db: Kysely<Schema> | undefined;
  try {
    await mkdir(path.dirname(absolute), { recursive: true });
    db = new Kysely<Schema>({ dialect: new ImmediateSqlite({ database: openFile(absolute) }) });
    await migrate(db, migrations);
    return sqlStore(db);
  } catch (cause) {
    await db?.destroy();
    if (cause instanceof ImpastoError) throw cause;
    throw new ImpastoError('store-failed', `The database ${absolute} cannot be opened.`, {
      advice:
        'Check that it is a database of Impasto, the permissions of its folder, and the room on its disk.',
      cause,
    });
  }
}

function openFile(file: string): SqliteDatabase {
  const database = new Database(file);
  try {
    database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.exec('pragma journal_mode = wal');
    // What has been accepted must outlive a power failure: NORMAL may lose the last commits.
    database.exec('pragma synchronous = full');
    database.exec('pragma foreign_keys = on');
  } catch (error) {
    database.close();
    throw error;
  }
  const statements = new Map<string, SqliteStatement>();
  return {
    // libsql frees a statement's memory with its garbage, of which the collector sees too little to hurry: each is
    // prepared once.
    prepare(sql) {
      const statement = statements.get(sql) ?? database.prepare<unknown[]>(sql);
      statements.set(sql, statement);
      return statement;
    },
    // As long as its statements live, libsql holds on to the file and does not put the log into it.
    close() {
      try {
        database.exec('pragma wal_checkpoint(truncate)');
      } finally {
        database.close();
      }
    },
  };
}

/**
 * Takes the lock for writing when a transaction begins: one that reads first and writes later would fail, not wait,
 * when another process has written in between.
 */
class ImmediateSqlite extends SqliteDialect {
  readonly #config: ConstructorParameters<typeof SqliteDialect>[0];

  constructor(config: ConstructorParameters<typeof SqliteDialect>[0]) {
    super(config);
    this.#config = config;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#config);
  }
}

class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}
