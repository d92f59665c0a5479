import { randomBytes, randomUUID } from 'node:crypto';
import type { JobQueue, QueuedJob } from '../../src/queue/queue.ts';
import { connectRedis } from '../../src/queue/redis/connection.ts';
import { redisQueue } from '../../src/queue/redis/queue.ts';
import type { Contestant } from './contestant.ts';
import { clock, MS_PER_EVALUATION } from './painter.ts';

/** Impasto's queue, as a gateway has it. */
export async function ourQueue(url: string): Promise<Contestant & { readonly queue: JobQueue }> {
  const onError = (error: unknown) => void process.stderr.write(`${error}\n`);
  const link = await connectRedis({ url, onError });
  const thumbnails = { get: async () => new Uint8Array() };
  const queue = await redisQueue({ link, capacity: 100_000, thumbnails, forget: async () => {}, onError });
  const ended = new Map<string, number>();
  queue.subscribe((event) => {
    if (event.type === 'done') ended.set(event.jobId, clock());
  });
  return {
    worker: 'worker.ts',
    ended,
    queue,
    async submit(job) {
      await queue.submit(job, { accepted: true });
    },
    async close() {
      await queue.close();
      await link.close();
    },
  };
}

/** A job as the bot makes it, of one of 1,000 members of 50 servers. */
export function aJob(index: number, ms: number): QueuedJob {
  const hash = () => randomBytes(32).toString('hex');
  return {
    task: {
      jobId: `j${randomUUID().slice(-11)}`,
      kind: 'painting',
      options: {
        size: 512,
        iterations: ms / MS_PER_EVALUATION,
        strength: 0,
        layers: 'light',
        network: 'auto',
      },
      content: hash(),
      styles: [hash()],
    },
    user: `discord:${100_000_000_000_000 + (index % 1000)}`,
    server: `discord:${200_000_000_000_000 + (index % 50)}`,
    lane: 'normal',
    estimateMs: ms,
    maxConcurrent: 64,
  };
}
