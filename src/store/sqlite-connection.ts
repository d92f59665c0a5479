import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import type { Asked, Failed, Result } from './sqlite-thread.js';

const THREAD = new URL('./sqlite-thread.js', import.meta.url);

interface Call {
  resolve(result: Result): void;
  reject(error: Error): void;
}

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

  /** Opens a file, given by its absolute path; one that is missing is made. */
  static async open(file: string): Promise<SqliteConnection> {
    const thread = new Worker(THREAD, { workerData: { file }, execArgv: [] });
    try {
      await once(thread, 'message');
    } catch (reason) {
      // libsql's errors lose their class on the way from the thread.
      throw new Error(String((reason as Partial<Error>).message ?? reason));
    }
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
      const { message, code } = answer.error;
      call?.reject(Object.assign(new Error(message), { code }));
    }
  }

  #end(reason: Error): void {
    this.#ended ??= reason;
    for (const { reject } of this.#calls.values()) reject(this.#ended);
    this.#calls.clear();
  }
}
