// BullMQ's own worker in a process of its own, one job at a time, with nothing of Impasto around it.
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'bullmq';
import type { JobData } from '../../src/queue/redis/names.ts';
import { clock, MS_PER_EVALUATION } from './painter.ts';
import { plainConnection } from './plain.ts';
import type { Stamp } from './processes.ts';

const tell = (stamp: Stamp) => process.send?.(stamp);
const worker = new Worker<JobData>(
  'plain',
  async ({ id: jobId = '', data }) => {
    tell({ jobId, what: 'begins', at: clock() });
    await delay(MS_PER_EVALUATION * (data.job.task.options.iterations ?? 50));
    tell({ jobId, what: 'ends', at: clock() });
  },
  { connection: plainConnection(process.env.IMPASTO_REDIS_URL as string), removeOnComplete: { count: 0 } },
);
await worker.waitUntilReady();
process.on('disconnect', () => process.exit());
process.send?.('ready');
