import { createHash, randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { JobQueue } from '../../../src/queue/queue.ts';
import { connectRedis, type RedisLink } from '../../../src/queue/redis/connection.ts';
import { type RedisQueueOptions, redisQueue } from '../../../src/queue/redis/queue.ts';
import { type RedisWorker, type RedisWorkerOptions, redisWorker } from '../../../src/queue/redis/worker.ts';
import type { RedisServer } from '../../support/redis.ts';

/** Times that tests need not wait for long, and that a busy machine does not take for a loss. */
export const QUICK = {
  queue: { leaseMs: 1500, lookMs: 200 },
  worker: { lockMs: 10_000, stalledMs: 200, beatMs: 500 },
  /** For workers that are to be lost. */
  doomed: { lockMs: 1500, stalledMs: 200, beatMs: 300 },
} as const;

/** Pictures in memory. */
export class Shelf {
  readonly kept = new Map<string, Uint8Array>();
  readonly removed: string[] = [];

  async get(hash: string): Promise<Uint8Array> {
    const bytes = this.kept.get(hash);
    if (!bytes) throw new Error('It is gone');
    return bytes;
  }

  async put(bytes: Uint8Array): Promise<string> {
    const hash = createHash('sha256').update(bytes).digest('hex');
    this.kept.set(hash, bytes);
    return hash;
  }

  async remove(hash: string): Promise<void> {
    this.removed.push(hash);
    this.kept.delete(hash);
  }
}

/** One server's worth of gateways and workers under a prefix of their own. All are closed when the test is over. */
export class Stage {
  readonly prefix = randomUUID();
  readonly shelf = new Shelf();
  readonly forgotten: string[] = [];
  readonly errors: unknown[] = [];
  readonly #server: RedisServer;

  constructor(server: RedisServer) {
    this.#server = server;
  }

  async link(): Promise<RedisLink> {
    const link = await connectRedis({
      url: this.#server.url,
      prefix: this.prefix,
      onError: (error) => void this.errors.push(error),
      reconnectMs: 100,
    });
    onTestFinished(() => link.close());
    return link;
  }

  async gateway(more: Partial<RedisQueueOptions> = {}): Promise<JobQueue> {
    const queue = await redisQueue({
      link: await this.link(),
      capacity: 100,
      thumbnails: this.shelf,
      forget: async (jobId) => void this.forgotten.push(jobId),
      onError: (error) => void this.errors.push(error),
      timing: QUICK.queue,
      ...more,
    });
    onTestFinished(() => queue.close());
    return queue;
  }

  async worker(
    painters: RedisWorkerOptions['painters'],
    more: Partial<RedisWorkerOptions> = {},
  ): Promise<RedisWorker> {
    const worker = await redisWorker({
      link: await this.link(),
      painters,
      thumbnails: this.shelf,
      onError: (error) => void this.errors.push(error),
      timing: QUICK.worker,
      ...more,
    });
    onTestFinished(() => worker.close());
    return worker;
  }
}
