import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';

/** Where Debian's package `postgresql` puts its programs, the newest version last. */
const VERSIONS = '/usr/lib/postgresql';
const versions = await readdir(VERSIONS).catch(() => [] as string[]);
const programs = versions
  .sort((a, b) => Number(a) - Number(b))
  .map((version) => path.join(VERSIONS, version, 'bin'))
  .at(-1);

/** Whether a test can have a PostgreSQL server; else the reason why not. */
export const noPostgres = programs === undefined && 'PostgreSQL is missing: install the package postgresql';

const ATTEMPTS = 5;

/** A PostgreSQL server of a test's own, on 127.0.0.1. */
export class PostgresServer {
  readonly #folder: string;
  /** Below those that systems give to whoever asks for any: the server has to have the same after a restart. */
  #port = 20_000;
  #process: ChildProcess | undefined;
  #databases = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes a server and starts it. */
  static async start(): Promise<PostgresServer> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-postgres-'));
    const owner = await unprivileged();
    if (owner) await chown(folder, owner.uid, owner.gid);
    const server = new PostgresServer(folder);
    const initdb = await server.#run('initdb', [
      '-D',
      folder,
      '-U',
      'impasto',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--no-sync',
    ]);
    const [code] = await once(initdb, 'exit');
    if (code !== 0) throw new Error(`initdb ended with ${code}`);
    for (let attempt = 1; ; attempt += 1) {
      server.#port = randomInt(20_000, 32_000);
      try {
        await server.start();
        return server;
      } catch (error) {
        // Somebody else may have the port.
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Starts the server again; settles when it takes connections. */
  async start(): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: this.#port,
      unix_socket_directories: '',
      fsync: 'off',
      max_connections: 60,
      log_min_messages: 'log',
      lc_messages: 'C',
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = await this.#run('postgres', ['-D', this.#folder, ...flags]);
    this.#process = child;
    const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
    for await (const line of lines) {
      if (!line.includes('ready to accept connections')) continue;
      child.stderr?.resume();
      return;
    }
    throw new Error(`PostgreSQL could not be started on port ${this.#port}`);
  }

  /** Stops the server, which ends all connections: in order, or at once as in a crash. */
  async stop(how: 'in order' | 'at once' = 'in order'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(how === 'in order' ? 'SIGINT' : 'SIGQUIT');
    await exited;
  }

  /** Stops the server and removes all that it has kept. */
  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Makes an empty database. @returns its URL, with a password that nobody asks for. */
  async newDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.query(`create database ${name}`);
    return this.urlOf(name);
  }

  /** Removes all rows that a store has in a database: a tenth of the work of making another. */
  async empty(url: string): Promise<void> {
    const tables = await this.query(
      "select tablename from pg_tables where schemaname = 'public' and tablename not like 'kysely_%'",
      url,
    );
    const removals = tables.map(({ tablename }) => `delete from "${tablename}"`);
    // In whatever order.
    await this.query(['set session_replication_role = replica', ...removals].join(';'), url);
  }

  urlOf(database: string): string {
    return `postgres://impasto:top-secret@127.0.0.1:${this.#port}/${database}`;
  }

  /** A connection past the store. */
  async connect(url: string): Promise<pg.Client> {
    const client = new pg.Client(url);
    await client.connect();
    return client;
  }

  /** Asks the server something, past the store. */
  async query(statement: string, url = this.urlOf('postgres')): Promise<Record<string, unknown>[]> {
    const client = await this.connect(url);
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  }

  async #run(program: string, args: readonly string[]): Promise<ChildProcess> {
    const owner = await unprivileged();
    return spawn(path.join(programs as string, program), args, {
      ...owner,
      cwd: this.#folder,
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'ignore', program === 'postgres' ? 'pipe' : 'inherit'],
    });
  }
}

/** PostgreSQL does not run as root: the user that its package makes; undefined when this process is not root either. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = await readFile('/etc/passwd', 'utf8');
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(users) ?? [];
  if (uid === undefined) throw new Error('There is no user postgres');
  return { uid: Number(uid), gid: Number(gid) };
}
