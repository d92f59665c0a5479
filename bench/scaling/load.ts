// What a whole bot with workers asks of Redis, PostgreSQL and the picture store: once with short paintings and once with
// long ones, so that what a job costs can be told from what each second of painting does. Prints JSON.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readConfig } from '../../src/config.ts';
import { startInstance } from '../../src/main/instance.ts';
import { createLog } from '../../src/ops/log.ts';
import { FakeAdapter } from '../../test/support/fake-adapter.ts';
import { PostgresServer } from '../../test/support/postgres.ts';
import { RedisServer } from '../../test/support/redis.ts';
import { pair, request, Sink } from '../sink.ts';
import { MS_PER_EVALUATION } from './painter.ts';
import { startWorkerProcess } from './processes.ts';

/** Figures that only grow, by name. */
export type Counts = Readonly<Record<string, number>>;

/** What this program prints. */
export interface Load {
  /** For each second of a bot and its workers without a job. */
  readonly idle: Counts;
  /** For each job, however long it takes, beyond that. */
  readonly job: Counts;
  /** For each second of a job's painting, beyond that. */
  readonly second: Counts;
}

const WORKERS = 2;
const PAINTERS = 4;
const IDLE_SECONDS = 20;
const SHORT = { jobs: 320, seconds: 2 };
const LONG = { jobs: 80, seconds: 10 };

const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-scaling-'));
const redis = await RedisServer.start({ appendOnly: true });
const postgres = await PostgresServer.start();
await postgres.query("alter system set shared_preload_libraries = 'pg_stat_statements'");
await postgres.stop();
await postgres.start();
const database = await postgres.newDatabase();
await postgres.query('create extension pg_stat_statements', database);
const environment = {
  IMPASTO_DATA: folder,
  IMPASTO_HTTP_PORT: 'off',
  IMPASTO_REDIS_URL: redis.url,
  IMPASTO_DATABASE_URL: database,
};
const workers = [];
for (let index = 0; index < WORKERS; index++) {
  const own = { ...environment, IMPASTO_PAINTERS: String(PAINTERS) };
  workers.push(await startWorkerProcess('worker.ts', own));
}
const platform = new Sink();
const instance = await startInstance({
  config: readConfig({ ...environment, IMPASTO_PAINTERS: '0' }, 'no.env'),
  adapters: [new FakeAdapter(platform)],
  log: createLog({ level: 'error' }),
});
const look = redis.look();
const client = await postgres.connect(database);

async function counts(): Promise<Counts> {
  const info = await look.info('everything');
  const field = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
  const commands = [...info.matchAll(/^cmdstat_.*:calls=(\d+)/gm)];
  const { rows } = await client.query(`select
    (select xact_commit + xact_rollback from pg_stat_database where datname = current_database()) as transactions,
    (select sum(calls) from pg_stat_statements(false)) as statements,
    (select sum(total_exec_time) from pg_stat_statements(false)) as ms,
    (select pg_current_wal_lsn() - '0/0'::pg_lsn) as wal,
    pg_database_size(current_database()) as size`);
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = files
    .filter((file) => file.isFile())
    .map((file) => stat(path.join(file.parentPath, file.name)));
  const kept = (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
  return {
    redisCommands: commands.reduce((sum, [, calls]) => sum + Number(calls), 0),
    redisIn: field('total_net_input_bytes'),
    redisOut: field('total_net_output_bytes'),
    redisCpuMs: 1000 * (field('used_cpu_user') + field('used_cpu_sys')),
    transactions: Number(rows[0].transactions),
    statements: Number(rows[0].statements),
    postgresMs: Number(rows[0].ms),
    walBytes: Number(rows[0].wal),
    databaseBytes: Number(rows[0].size),
    pictureBytes: kept,
  };
}

/** What has grown while something was done, less what an idle bot would have asked of Redis in that time. */
async function grown(work: () => Promise<unknown>, idle: Counts = {}): Promise<Counts> {
  const before = await counts();
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  // PostgreSQL's processes tell their figures within a second or so.
  await delay(2000);
  const after = await counts();
  return map(after, (value, name) => {
    // An idle bot asks nothing of PostgreSQL: what happens there is its own upkeep of what was done before.
    const expected = name.startsWith('redis') ? (idle[name] ?? 0) * (seconds + 2) : 0;
    return value - (before[name] ?? 0) - expected;
  });
}

function map(figures: Counts, change: (value: number, name: string) => number): Counts {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, change(value, name)]));
}

/** Has pictures painted by members of several servers; settles when all have their answers. */
async function paint({ jobs, seconds }: typeof SHORT): Promise<void> {
  const end = platform.count.end + jobs;
  const iterations = (1000 * seconds) / MS_PER_EVALUATION;
  const asked = Array.from({ length: jobs }, (_, index) => {
    const member = { user: `user-${index}`, server: `server-${index % 10}` };
    // Nobody else has sent the same photograph.
    const content = { ...pair.content, content: Buffer.concat([pair.content.content, randomBytes(8)]) };
    const options = { ...pair, content, evaluations: iterations };
    return platform.sink(request(`${platform.count.end}-${index}`, member, options));
  });
  await Promise.all(asked);
  while (platform.count.end < end) await delay(100);
}

const paintAll = (size: typeof SHORT, idle: Counts) =>
  grown(() => paint(size), idle).then((figures) => map(figures, (value) => value / size.jobs));

// What is made once, and the first of everything.
await paint({ jobs: 80, seconds: 2 });
// PostgreSQL must not clean up after that while it is measured.
await client.query('vacuum analyze');
await delay(5000);
const idle = map(await grown(() => delay(1000 * IDLE_SECONDS)), (value) => value / (IDLE_SECONDS + 2));
const short = await paintAll(SHORT, idle);
const long = await paintAll(LONG, idle);
const difference = map(long, (value, name) => value - (short[name] as number));
const second = map(difference, (value) => value / (LONG.seconds - SHORT.seconds));
const job = map(short, (value, name) => value - SHORT.seconds * (second[name] as number));
process.stdout.write(`${JSON.stringify({ idle, job, second } satisfies Load)}\n`);
for (const worker of workers) worker.kill();
await client.end();
look.disconnect();
await instance.stop();
await postgres.dispose();
await redis.stop();
await rm(folder, { recursive: true, force: true });
process.exit();
