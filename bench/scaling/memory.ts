// What Redis keeps of 10,000 waiting jobs, in Impasto's queue and in plain BullMQ, and what it still keeps when 5,000
// and 10,000 jobs have been painted. Prints JSON.
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { RedisServer } from '../../test/support/redis.ts';
import type { Contestant } from './contestant.ts';
import { aJob, ourQueue } from './ours.ts';
import { plainQueue } from './plain.ts';
import { startWorkerProcess } from './processes.ts';

/** What Redis holds. */
export interface Held {
  readonly bytes: number;
  readonly keys: number;
  /** Of the bytes: those of the stream of events, which does not grow beyond a bound. */
  readonly stream: number;
}

/** What this program prints. */
export interface Memory {
  /** With no job in it. */
  readonly empty: Held;
  readonly waiting: { readonly jobs: number; readonly ours: Held; readonly plain: Held };
  /** After so many jobs, once no handled end is remembered any more. */
  readonly after: readonly (Held & { readonly jobs: number })[];
}

const WAITING = 10_000;
const ROUNDS = 2;
const PER_ROUND = 5000;
const AT_ONCE = 100;
const PAINTING_MS = 20;

async function held(redis: Redis): Promise<Held> {
  const bytes = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
  const streams = await redis.keys('*:events');
  const sizes = await Promise.all(streams.map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)));
  return {
    bytes,
    keys: await redis.dbsize(),
    stream: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
  };
}

/** Submits jobs, some at a time. @returns their ids. */
async function submit(queue: Contestant, count: number): Promise<string[]> {
  const jobs = Array.from({ length: count }, (_, index) => aJob(index, PAINTING_MS));
  for (let at = 0; at < count; at += AT_ONCE) {
    await Promise.all(jobs.slice(at, at + AT_ONCE).map((job) => queue.submit(job)));
  }
  return jobs.map(({ task }) => task.jobId);
}

const redis = await RedisServer.start();
const look = redis.look();
const plain = await plainQueue(redis.url);
await submit(plain, WAITING);
const plainHeld = await held(look);
await plain.close();
await look.flushall();

const ours = await ourQueue(redis.url);
const empty = await held(look);
let jobIds = await submit(ours, WAITING);
const oursHeld = await held(look);
for (const jobId of jobIds) await ours.queue.cancel(jobId);

const environment = { IMPASTO_REDIS_URL: redis.url, IMPASTO_PAINTERS: '8' };
const workers = [
  await startWorkerProcess('worker.ts', environment),
  await startWorkerProcess('worker.ts', environment),
];
const after: Memory['after'][number][] = [];
for (let round = 1; round <= ROUNDS; round++) {
  jobIds = await submit(ours, PER_ROUND);
  while (!jobIds.every((jobId) => ours.ended.has(jobId))) await delay(500);
  while ((await look.keys('*:end:*')).length > 0) await delay(1000);
  after.push({ jobs: round * PER_ROUND, ...(await held(look)) });
}
const memory: Memory = { empty, waiting: { jobs: WAITING, ours: oursHeld, plain: plainHeld }, after };
process.stdout.write(`${JSON.stringify(memory)}\n`);
for (const worker of workers) worker.kill();
look.disconnect();
await ours.close();
await redis.stop();
process.exit();
