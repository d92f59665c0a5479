import type { CompiledQuery, DatabaseConnection, Driver, QueryResult, TransactionSettings } from 'kysely';
import pg from 'pg';
import { noRoom } from '../files/disk.ts';

/** Options of {@link PostgresConnections}. */
export interface ConnectionOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`, as libpq takes it. */
  readonly url: string;
  /** Connections that are open at once, at most. */
  readonly max: number;
  /** A statement that takes longer fails, in milliseconds; 0 is no limit. */
  readonly statementMs: number;
  /** Told of connections that were lost while nobody used them. */
  readonly onLost: (error: Error) => void;
}

/** How long a connection, or a free one of those that are open, is waited for, in milliseconds. */
const CONNECT_MS = 5000;
/** A server that has not told of a statement that took too long by this multiple of its time cannot be reached. */
const SILENCE = 1.2;
/** Errors by which the server ends a connection, or does not begin one. */
const SERVER_GOES = ['57P01', '57P02', '57P03', '57P05', '53300'];

/** What the server says when its disk has no room left. */
const DISK_FULL = '53100';

/** The server was not reached, or was lost in the middle. */
export class ConnectionLost extends Error {
  /** Whether what it was asked may have been done all the same. */
  readonly inDoubt: boolean;

  constructor(cause: unknown, inDoubt: boolean) {
    super('The connection to the database was lost.', { cause });
    this.name = 'ConnectionLost';
    this.inDoubt = inDoubt;
  }
}

/**
 * Connections to a PostgreSQL server, opened when they are needed. Errors are ImpastoError `disk-full`, pg.DatabaseError
 * where the server refused a statement and is still there, else {@link ConnectionLost}; a connection that was lost is used by nobody again.
 */
export class PostgresConnections implements Driver {
  readonly #pool: pg.Pool;
  #ended = false;

  constructor({ url, max, statementMs, onLost }: ConnectionOptions) {
    this.#pool = new pg.Pool({
      connectionString: url,
      application_name: 'impasto',
      max,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      ...(statementMs > 0 && { statement_timeout: statementMs, query_timeout: SILENCE * statementMs }),
    });
    this.#pool.on('error', onLost);
    // One that is lost between two statements of a transaction says so by an event, too; the next statement tells.
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PostgresConnection> {
    if (this.#ended) throw new Error('The database is closed');
    try {
      return new PostgresConnection(await this.#pool.connect());
    } catch (error) {
      throw isLost(error) ? new ConnectionLost(error, false) : error;
    }
  }

  beginTransaction(connection: PostgresConnection, settings: TransactionSettings): Promise<void> {
    return connection.begin(settings);
  }

  commitTransaction(connection: PostgresConnection): Promise<void> {
    return connection.end('commit');
  }

  rollbackTransaction(connection: PostgresConnection): Promise<void> {
    return connection.end('rollback');
  }

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    this.#ended = true;
    await this.#pool.end();
  }
}

/** A connection while one statement or transaction has it to itself. */
class PostgresConnection implements DatabaseConnection {
  readonly #client: pg.PoolClient;
  #inTransaction = false;
  #lost = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async executeQuery<Row>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<Row>> {
    // What has not been committed is undone by the server.
    const inDoubt = !this.#inTransaction && query.kind !== 'SelectQueryNode';
    const { rows, rowCount } = await this.#ask(sql, parameters.map(withoutNul), inDoubt);
    return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
  }

  // biome-ignore lint/correctness/useYield: no query of the store is streamed
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('Queries are not streamed');
  }

  async begin({ isolationLevel }: TransactionSettings): Promise<void> {
    this.#inTransaction = true;
    await this.#ask(isolationLevel ? `begin isolation level ${isolationLevel}` : 'begin', [], false);
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    // A server that is gone has rolled back, and why it was to be done is the error that counts.
    if (this.#lost && how === 'rollback') return;
    await this.#ask(how, [], how === 'commit');
    this.#inTransaction = false;
  }

  release(): void {
    this.#client.release(this.#lost);
  }

  async #ask(sql: string, parameters: readonly unknown[], inDoubt: boolean): Promise<pg.QueryResult> {
    try {
      return await this.#client.query(sql, [...parameters]);
    } catch (error) {
      if ((error as pg.DatabaseError).code === DISK_FULL) throw noRoom('records', error);
      if (!isLost(error)) throw error;
      this.#lost = true;
      throw new ConnectionLost(error, inDoubt);
    }
  }
}

/** What does not come from the server comes from the way to it. */
function isLost(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  const { code = '' } = error;
  return SERVER_GOES.includes(code) || code.startsWith('08');
}

/** PostgreSQL keeps every character but this one, which people cannot see either. */
function withoutNul(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;
}
