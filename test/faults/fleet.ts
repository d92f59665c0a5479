import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openPostgresStore } from '../../src/store/postgres.ts';
import { type BotProcess, forkBotProcess } from '../support/bot-child.ts';
import { FakePlatform } from '../support/fake-platform.ts';
import { ann, painting, photo, studio } from '../support/instance.ts';
import { PostgresServer } from '../support/postgres.ts';
import { RedisServer } from '../support/redis.ts';

const WORKER = fileURLToPath(new URL('../support/worker-process.ts', import.meta.url));
/** How long a painting takes, in milliseconds. */
const PAINTING_MS = 200;
const SERVERS = 8;
const USERS = 40;

/** Gateways and workers in processes of their own, on a Redis and a PostgreSQL of their own, for one platform. */
export class Fleet {
  readonly platform = new FakePlatform();
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
  readonly #database: string;
  readonly #folder: string;
  readonly #processes: ChildProcess[] = [];

  private constructor(redis: RedisServer, postgres: PostgresServer, database: string, folder: string) {
    this.redis = redis;
    this.postgres = postgres;
    this.#database = database;
    this.#folder = folder;
  }

  static async open(): Promise<Fleet> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-fleet-'));
    const redis = await RedisServer.start({ appendOnly: true });
    const postgres = await PostgresServer.start();
    return new Fleet(redis, postgres, await postgres.newDatabase(), folder);
  }

  /** Starts a gateway, which stands by while another one serves the platform. */
  gateway(): BotProcess {
    const environment = { ...this.#environment, IMPASTO_PAINTERS: '0', IMPASTO_LIMIT_WAITING_PER_USER: '20' };
    const bot = forkBotProcess(this.platform, this.#folder, environment);
    this.#processes.push(bot.child);
    return bot;
  }

  /**
   * Starts a worker that paints two pictures at once; settles when it takes jobs.
   *
   * @param options.prefix - in front of its command
   */
  async worker({ prefix = [] as readonly string[], environment = {} } = {}): Promise<ChildProcess> {
    const [program, ...args] = [...prefix, process.execPath, '--import', 'tsx', WORKER, String(PAINTING_MS)];
    const child = spawn(program as string, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, ...this.#environment, IMPASTO_PAINTERS: '2', ...environment },
    });
    this.#processes.push(child);
    await once(child, 'message');
    return child;
  }

  /** Has so many pictures asked for, by many members of several servers; settles when all are accepted. */
  async ask(jobs: number): Promise<void> {
    const submit = (index: number) => {
      const user = `user-${index % USERS}`;
      return this.platform.send({
        kind: 'command',
        actor: { ...ann, id: user, name: user },
        place: { ...studio, server: `server-${index % SERVERS}` },
        command: 'stylize',
        options: { content: photo, style: painting, size: 64, evaluations: 4 },
      });
    };
    await Promise.all(Array.from({ length: jobs }, (_, index) => submit(index)));
  }

  /** Settles when so many jobs have an answer. */
  async answered(jobs: number): Promise<void> {
    await this.platform.until(() => this.#answers.length >= jobs);
  }

  /** How often each job was answered, and which answers told of no picture. */
  get tally() {
    const keys = this.#answers.map(({ key }) => key);
    const first = this.#answers.flatMap(({ versions: [message] }) => message ?? []);
    return {
      answered: new Set(keys).size,
      doubled: keys.filter((key, index) => keys.indexOf(key) !== index),
      failed: first.filter(({ picture }) => !picture).map(({ text }) => text),
    };
  }

  /** Settles when every end is on record as told, and Redis holds none that is still to be told. */
  async settled(): Promise<void> {
    const store = await openPostgresStore({ url: this.#database, onLost: () => {} });
    const redis = this.redis.look();
    try {
      for (;;) {
        const open = [...(await store.jobs.unfinished()), ...(await store.jobs.undelivered())];
        const ends = await redis.keys('*:end:*');
        const untold = await Promise.all(ends.map((key) => redis.hexists(key, 'event')));
        if (open.length === 0 && !untold.includes(1)) return;
        await delay(100);
      }
    } finally {
      redis.disconnect();
      await store.close();
    }
  }

  async close(): Promise<void> {
    for (const child of this.#processes) await kill(child);
    await this.redis.stop();
    await this.postgres.dispose();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #environment() {
    return {
      IMPASTO_DATA: this.#folder,
      IMPASTO_HTTP_PORT: 'off',
      IMPASTO_LOG_LEVEL: 'error',
      IMPASTO_REDIS_URL: this.redis.url,
      IMPASTO_DATABASE_URL: this.#database,
    };
  }

  get #answers() {
    return this.platform.messages.filter(({ key }) => key.startsWith('end-'));
  }
}

/** Ends a process at once, as a crash of its machine would. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
