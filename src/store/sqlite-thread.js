import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'libsql';

// The thread that has the database file open: every commit waits for the disk, which must not hold up the bot.
// JavaScript, because a thread cannot be started from TypeScript's sources.

/**
 * A statement for the thread, with its number among those under way.
 *
 * @typedef {{ id: number, sql: string, parameters: readonly unknown[] }} Asked
 */
/**
 * What came of a statement.
 *
 * @typedef {{ id: number, rows: unknown[], changes: number }} Result
 * @typedef {{ id: number, error: { message: string, code: string | undefined } }} Failed
 */

/** How long a statement waits for another process that writes, in milliseconds. */
const BUSY_TIMEOUT_MS = 5000;

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

/**
 * libsql frees a statement's memory with its garbage, of which the collector sees too little to hurry: each is
 * prepared once.
 *
 * @type {Map<string, Database.Statement<unknown[]>>}
 */
const statements = new Map();

/**
 * Statements that met somebody's lock, with their parameters. libsql leaves them in progress, and no transaction can be
 * committed then.
 *
 * @type {Map<Database.Statement, readonly unknown[]>}
 */
const interrupted = new Map();

try {
  serve(await openFile(workerData.file));
} catch (error) {
  port.postMessage({ id: 0, ...failed(error) });
}

/** @param {Database.Database} database */
function serve(database) {
  port.on('message', (/** @type {Asked | 'close'} */ asked) => {
    if (asked !== 'close') {
      port.postMessage(run(database, asked));
      return;
    }
    try {
      // As long as its statements live, libsql holds on to the file and does not put the log into it.
      database.exec('pragma wal_checkpoint(truncate)');
    } finally {
      database.close();
      port.close();
    }
  });
  port.postMessage('open');
}

/**
 * @param {Database.Database} database
 * @param {Asked} asked
 * @returns {Result | Failed}
 */
function run(database, { id, sql, parameters }) {
  try {
    if (interrupted.size > 0 && !database.inTransaction) endInterrupted(database);
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    if (statement.reader) return { id, rows: statement.all(parameters), changes: 0 };
    return { id, rows: [], changes: statement.run(parameters).changes };
  } catch (error) {
    const met = statements.get(sql);
    if (met && /** @type {{ code?: string }} */ (error).code === 'SQLITE_BUSY')
      interrupted.set(met, parameters);
    return { id, ...failed(error) };
  }
}

/**
 * Runs what was interrupted to its end, in a transaction that is taken back.
 *
 * @param {Database.Database} database
 */
function endInterrupted(database) {
  database.exec('begin immediate');
  try {
    for (const [statement, parameters] of interrupted) {
      try {
        if (statement.reader) statement.all(parameters);
        else statement.run(parameters);
      } catch {
        // What it cannot do now, it has ended with.
      }
    }
    interrupted.clear();
  } finally {
    database.exec('rollback');
  }
}

/**
 * An error as it may pass to the other thread: libsql's lose their class and their words.
 *
 * @param {unknown} error
 * @returns {Pick<Failed, 'error'>}
 */
function failed(error) {
  const { message, code } = /** @type {Error & { code?: string }} */ (error);
  return { error: { message, code } };
}

/** @param {string} file */
async function openFile(file) {
  const opened = new Database(file);
  try {
    opened.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    await useLog(opened);
    // What has been accepted must outlive a power failure: NORMAL may lose the last commits.
    opened.exec('pragma synchronous = full');
    opened.exec('pragma foreign_keys = on');
    return opened;
  } catch (error) {
    opened.close();
    throw error;
  }
}

/**
 * Switches to write-ahead logging; while another process does the same, SQLite would fail and not wait.
 *
 * @param {Database.Database} opened
 */
async function useLog(opened) {
  for (const end = Date.now() + BUSY_TIMEOUT_MS; ; await delay(20)) {
    try {
      opened.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      const busy = String(/** @type {{ code?: unknown }} */ (error).code).startsWith('SQLITE_BUSY');
      if (!busy || Date.now() > end) throw error;
    }
  }
}
