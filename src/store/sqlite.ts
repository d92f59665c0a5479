import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  type Migration,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';
import { isDiskFull, noRoom } from '../files/disk.ts';
import { ImpastoError } from '../nst/errors.ts';
import { migrations } from './migrations/migrations.ts';
import { migrate } from './sql/migrate.ts';
import type { Schema } from './sql/schema.ts';
import { sqlStore } from './sql/store.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import type { Store } from './store.ts';

/**
 * Opens the store in an SQLite file, which is made with its folder where there is none. Meant for one process; others
 * may read and write at the same time, waiting for each other.
 *
 * @throws ImpastoError `disk-full`, and `store-failed`: the file cannot be opened, is no database, or was written by a
 *   newer version.
 */
export async function openSqliteStore({ file }: { readonly file: string }): Promise<Store> {
  return sqlStore(await openSqliteDatabase<Schema>(file, migrations));
}

/**
 * Opens an SQLite file and brings its tables up to date; the file is made with its folder where there is none.
 *
 * @throws ImpastoError `disk-full` and `store-failed`, as openSqliteStore.
 */
export async function openSqliteDatabase<Tables>(
  file: string,
  toDate: Readonly<Record<string, Migration>>,
): Promise<Kysely<Tables>> {
  // An absolute path: libsql would take some relative names for addresses.
  const absolute = path.resolve(file);
  let db: Kysely<Tables> | undefined;
  try {
    await mkdir(path.dirname(absolute), { recursive: true });
    db = new Kysely<Tables>({ dialect: new ThreadDialect(await SqliteConnection.open(absolute)) });
    await migrate(db, toDate);
    return db;
  } catch (cause) {
    // Where it cannot be closed well either, why it could not be opened is what counts.
    await db?.destroy().catch(() => {});
    if (cause instanceof ImpastoError) throw cause;
    if (isDiskFull(cause)) throw noRoom('records', cause);
    throw new ImpastoError('store-failed', `The database ${absolute} cannot be opened.`, {
      advice:
        'Check that it is a database of Impasto, the permissions of its folder, and the room on its disk.',
      cause,
    });
  }
}

/** Kysely's SQLite on a connection in another thread, with migrations in one transaction. */
class ThreadDialect extends SqliteDialect {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    super({ database: IN_ANOTHER_THREAD });
    this.#connection = connection;
  }

  override createDriver(): SqliteDriver {
    return new ThreadDriver(this.#connection);
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

/** Lets Kysely's driver see to it that one transaction uses the connection at a time. */
class ThreadDriver extends SqliteDriver {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    super({ database: IN_ANOTHER_THREAD });
    this.#connection = connection;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    await super.acquireConnection();
    return this.#connection;
  }

  /**
   * Takes the lock for writing at once: a transaction that reads first and writes later would fail, not wait, when
   * another process has written in between.
   */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await super.rollbackTransaction(connection).catch((error) => {
      // After a full disk, say, SQLite has done it by itself; why it was to be done is the error that counts.
      if (!/no transaction is active/.test(error.message)) throw error;
    });
  }

  override destroy(): Promise<void> {
    return this.#connection.close();
  }
}

/** What Kysely's driver takes for a database; nobody asks it anything. */
const IN_ANOTHER_THREAD = {
  close() {},
  prepare() {
    throw new Error('The database is in another thread');
  },
};

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
