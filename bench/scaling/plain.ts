import { Queue, QueueEvents } from 'bullmq';
import type { QueuedJob } from '../../src/queue/queue.ts';
import { JOB_VERSION, type JobData } from '../../src/queue/redis/names.ts';
import type { Contestant } from './contestant.ts';
import { clock } from './painter.ts';

/** What BullMQ takes in place of a connection. */
export function plainConnection(url: string) {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}

/** BullMQ as it is: first come, first served, and nothing that has to be on record before a job goes. */
export async function plainQueue(url: string): Promise<Contestant> {
  const connection = plainConnection(url);
  const queue = new Queue<JobData>('plain', { connection });
  const events = new QueueEvents('plain', { connection });
  await events.waitUntilReady();
  const ended = new Map<string, number>();
  events.on('completed', ({ jobId }) => ended.set(jobId, clock()));
  return {
    worker: 'plain-worker.ts',
    ended,
    async submit(job: QueuedJob) {
      await queue.add('', { version: JOB_VERSION, job }, { jobId: job.task.jobId });
    },
    async close() {
      await events.close();
      await queue.close();
    },
  };
}
