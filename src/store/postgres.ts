import { setTimeout as delay } from 'node:timers/promises';
import { type Driver, Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { ImpastoError } from '../nst/errors.ts';
import { migrations } from './migrations/migrations.ts';
import { ConnectionLost, type ConnectionOptions, PostgresConnections } from './postgres-connections.ts';
import type { Attempt } from './sql/attempts.ts';
import { migrate } from './sql/migrate.ts';
import type { Schema } from './sql/schema.ts';
import { sqlStore } from './sql/store.ts';
import type { Store } from './store.ts';

/** Options of {@link openPostgresStore}. */
export interface PostgresStoreOptions extends Pick<ConnectionOptions, 'url' | 'onLost'> {
  /** Connections of this process at most; default 10. Idle ones are closed after ten seconds. */
  readonly max?: number;
  /** A statement that takes longer fails, in milliseconds; default 30 000. Migrations may take as long as they need. */
  readonly statementMs?: number;
  /**
   * How long what fails is tried again where that is safe, in milliseconds; default 10 000: a server that is started
   * anew is back by then.
   */
  readonly patienceMs?: number;
}

const DEFAULTS = { max: 10, statementMs: 30_000, patienceMs: 10_000 } as const;
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 1000;
/**
 * What two transactions can do to each other, after which both are in order but one has to begin anew: serialization
 * failure, deadlock, and a row that refers to one that has just been erased.
 */
const COLLISIONS = ['40001', '40P01', '23503'];

/**
 * Opens the store in a PostgreSQL database, which exists already; its tables are made or brought up to date. Any number
 * of processes may use it at once. While the server cannot be reached, methods wait for it and then throw; work whose
 * outcome is in doubt is done again only where that changes nothing.
 *
 * @throws ImpastoError `store-failed`: the server cannot be reached or refuses, or a newer version has written the tables.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const all = { ...DEFAULTS, ...options };
  const attempt = patient(all.patienceMs);
  const db = connect(all);
  try {
    // Waits for a server that is about to start.
    await attempt(() => sql`select 1`.execute(db), true);
    await bringUpToDate(all);
    return sqlStore(db, attempt);
  } catch (cause) {
    await db.destroy();
    if (cause instanceof ImpastoError) throw cause;
    throw new ImpastoError('store-failed', `The database ${databaseOf(options.url)} cannot be opened.`, {
      advice: 'Check that PostgreSQL runs, and the user, password and database in IMPASTO_DATABASE_URL.',
      cause,
    });
  }
}

/** Migrates on a connection that may take its time. */
async function bringUpToDate(options: ConnectionOptions): Promise<void> {
  const db = connect({ ...options, max: 1, statementMs: 0 });
  try {
    await migrate(db, migrations);
  } finally {
    await db.destroy();
  }
}

function connect(options: ConnectionOptions): Kysely<Schema> {
  return new Kysely({ dialect: new ConnectionsDialect(options) });
}

/** Kysely's PostgreSQL on connections that know what has been done when they are lost. */
class ConnectionsDialect extends PostgresDialect {
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    super({ pool: () => Promise.reject(new Error('The pool is the driver’s')) });
    this.#options = options;
  }

  override createDriver(): Driver {
    return new PostgresConnections(this.#options);
  }
}

function patient(patienceMs: number): Attempt {
  return async (work, repeatable) => {
    const end = performance.now() + patienceMs;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        return await work();
      } catch (error) {
        if (!passes(error, repeatable) || performance.now() + wait > end) throw error;
      }
      // Transactions that have met would meet again.
      await delay(wait * (0.5 + Math.random()));
    }
  };
}

function passes(error: unknown, repeatable: boolean): boolean {
  if (error instanceof ConnectionLost) return repeatable || !error.inDoubt;
  return error instanceof pg.DatabaseError && COLLISIONS.includes(error.code ?? '');
}

/** Which database a URL names, without its user and password. */
export function databaseOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${decodeURIComponent(pathname.slice(1)) || 'of PostgreSQL'}${host && ` on ${host}`}`;
}
