import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { noRoom } from '../files/disk.ts';
import type { Asked, Failed, Result } from './sqlite-thread.js';

const THREAD = new URL('./sqlite-thread.js', import.meta.url);

interface Call {
  resolve(result: Result): void;
  reject(error: Error): void;
}

/** What SQLite calls a disk without room: for the file and its log, and for the index of the log. */
const FULL: readonly unknown[] = ['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE'];

/** A connection to an SQLite file that a thread of its own has open. */
export class SqliteConnection implements DatabaseConnection {
  readonly #thread: Worker;
  readonly #calls = new Map<number, Call>();
  #next = 1;
  /** Why nothing can be asked any more. */
  #ended: Error | undefined;

  private constructor(thread: Worker) {
    this.#thread = thread;
    thread.on('message', (answer: Result | Failed) => this.#settle(answer));
    thread.on('error', (error) => this.#end(error));
    thread.on('exit', () => this.#end(new Error('The database is closed')));
  }

  /**
   * Opens a file, given by its absolute path; one that is missing is made.
   *
   * @throws ImpastoError `disk-full`, here as in every query, and what SQLite says.
   */
  static async open(file: string): Promise<SqliteConnection> {
    const thread = new Worker(THREAD, { workerData: { file }, execArgv: [] });
    const [answer] = (await once(thread, 'message')) as ['open' | Failed];
    if (answer !== 'open') throw errorOf(answer);
    return new SqliteConnection(thread);
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#ended) throw this.#ended;
    const { rows, changes } = await new Promise<Result>((resolve, reject) => {
      const asked: Asked = { id: this.#next++, sql, parameters };
      this.#calls.set(asked.id, { resolve, reject });
      this.#thread.postMessage(asked);
    });
    return { rows: rows as Row[], numAffectedRows: BigInt(changes) };
  }

  // biome-ignore lint/correctness/useYield: no query of the store is streamed
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('Queries are not streamed');
  }

  /** Settles when the file is whole and closed. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const exited = once(this.#thread, 'exit');
    this.#thread.postMessage('close');
    await exited;
  }

  #settle(answer: Result | Failed): void {
    const call = this.#calls.get(answer.id);
    this.#calls.delete(answer.id);
    if ('rows' in answer) {
      call?.resolve(answer);
    } else {
      call?.reject(errorOf(answer));
    }
  }

  #end(reason: Error): void {
    this.#ended ??= reason;
    for (const { reject } of this.#calls.values()) reject(this.#ended);
    this.#calls.clear();
  }
}

function errorOf({ error: { message, code } }: Failed): Error {
  const error = Object.assign(new Error(message), { code });
  return FULL.includes(code) ? noRoom('records', error) : error;
}
