// Jobs of a second each on 1, 2, 4 and 8 workers in processes of their own, by turns on Impasto's queue and on plain
// BullMQ; then jobs one at a time, of which each finds a painter free. Prints JSON.
import { setTimeout as delay } from 'node:timers/promises';
import type { QueuedJob } from '../../src/queue/queue.ts';
import { RedisServer } from '../../test/support/redis.ts';
import type { Contestant } from './contestant.ts';
import { aJob, ourQueue } from './ours.ts';
import { clock } from './painter.ts';
import { plainQueue } from './plain.ts';
import {
  type Quantiles,
  quantiles,
  type Stamp,
  startWorkerProcess,
  type WorkerProcess,
} from './processes.ts';

/** What one of them has done. */
export interface Course {
  /** By the number of workers: of what so many painters without a pause between two jobs do. */
  readonly ofLinear: Readonly<Record<number, number>>;
  /** From a job's submission to the begin of its painting, where a painter is free. */
  readonly toStart: Quantiles;
  /** From the end of a painting to where its submitter is told of it. */
  readonly toEnd: Quantiles;
  /** From the end of a painting to the begin of the next one in the same painter, where jobs wait. */
  readonly handOver: Quantiles;
}

const PAINTING_MS = 1000;
const JOBS_PER_WORKER = 20;
const WORKERS = [1, 2, 4, 8];
const SINGLES = 300;
const SINGLE_MS = 60;

class Runner {
  readonly #queue: Contestant;
  readonly #url: string;
  readonly #workers: WorkerProcess[] = [];
  readonly #ofLinear: Record<number, number> = {};
  readonly #handOvers: number[] = [];
  readonly #toStart: number[] = [];
  readonly #toEnd: number[] = [];

  constructor(queue: Contestant, url: string) {
    this.#queue = queue;
    this.#url = url;
  }

  /** Has the queue's workers paint many jobs. */
  async many(workers: number): Promise<void> {
    while (this.#workers.length < workers) {
      const environment = { IMPASTO_REDIS_URL: this.#url, IMPASTO_PAINTERS: '1' };
      this.#workers.push(await startWorkerProcess(this.#queue.worker, environment));
    }
    for (const { stamps } of this.#workers) stamps.length = 0;
    const jobs = Array.from({ length: JOBS_PER_WORKER * workers }, (_, index) => aJob(index, PAINTING_MS));
    await Promise.all(jobs.map((job) => this.#queue.submit(job)));
    await this.#untilEnded(jobs);
    const began = Math.min(...this.#stamps.map(({ at }) => at));
    const ended = Math.max(...jobs.map(({ task }) => this.#queue.ended.get(task.jobId) as number));
    this.#ofLinear[workers] = (jobs.length * PAINTING_MS) / workers / (ended - began);
    for (const { stamps } of this.#workers) {
      for (const [index, { what, at }] of stamps.entries()) {
        if (what === 'begins' && index > 0) this.#handOvers.push(at - (stamps[index - 1] as Stamp).at);
      }
    }
  }

  /** Has one job painted. */
  async single(index: number): Promise<void> {
    const job = aJob(index, SINGLE_MS);
    const { jobId } = job.task;
    const submitted = clock();
    await this.#queue.submit(job);
    await this.#untilEnded([job]);
    const of = (wanted: Stamp['what']) =>
      this.#stamps.find((stamp) => stamp.jobId === jobId && stamp.what === wanted) as Stamp;
    this.#toStart.push(of('begins').at - submitted);
    this.#toEnd.push((this.#queue.ended.get(jobId) as number) - of('ends').at);
  }

  get course(): Course {
    return {
      ofLinear: this.#ofLinear,
      toStart: quantiles(this.#toStart),
      toEnd: quantiles(this.#toEnd),
      handOver: quantiles(this.#handOvers),
    };
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) worker.kill();
    await this.#queue.close();
  }

  get #stamps(): Stamp[] {
    return this.#workers.flatMap(({ stamps }) => stamps);
  }

  async #untilEnded(jobs: readonly QueuedJob[]): Promise<void> {
    while (!jobs.every(({ task }) => this.#queue.ended.has(task.jobId))) await delay(20);
    // What was told by other processes has come, too.
    await delay(20);
  }
}

const redis = await RedisServer.start();
const ours = new Runner(await ourQueue(redis.url), redis.url);
const plain = new Runner(await plainQueue(redis.url), redis.url);
for (const workers of WORKERS) {
  await ours.many(workers);
  await plain.many(workers);
}
for (let index = 0; index < SINGLES; index++) {
  await ours.single(index);
  await plain.single(index);
}
process.stdout.write(`${JSON.stringify({ ours: ours.course, plain: plain.course })}\n`);
await ours.close();
await plain.close();
await redis.stop();
process.exit();
