import type { Painter } from '../../src/core/painter.ts';
import type { Painted } from '../../src/core/task.ts';
import { connectRedis } from '../../src/queue/redis/connection.ts';
import { redisWorker, type WorkerTiming } from '../../src/queue/redis/worker.ts';

/** What it is told as its argument. */
export interface WorkerProcessOptions {
  readonly url: string;
  readonly prefix: string;
  readonly painters: number;
  readonly timing: Partial<WorkerTiming>;
}

/** What it tells. */
export type FromWorkerProcess =
  | { readonly type: 'ready' }
  | { readonly type: 'painting'; readonly jobId: string }
  | { readonly type: 'closed' };

/** What it can be told. */
export type ToWorkerProcess =
  | { readonly type: 'finish'; readonly jobId: string; readonly painted: Painted }
  | { readonly type: 'close' };

// A worker in a process of its own, to be killed, whose paintings the other process finishes.
const { url, prefix, painters, timing } = JSON.parse(process.argv[2] as string) as WorkerProcessOptions;
const finishes = new Map<string, (painted: Painted) => void>();
const tell = (message: FromWorkerProcess) => process.send?.(message);

function painter(): Painter {
  const closing = new AbortController();
  return {
    paint: ({ jobId }, { signal }) =>
      new Promise((resolve, reject) => {
        for (const each of [signal, closing.signal]) {
          each.addEventListener('abort', () => reject(new Error('It was stopped.')));
        }
        finishes.set(jobId, resolve);
        tell({ type: 'painting', jobId });
      }),
    forget: async () => {},
    close: async () => closing.abort(),
  };
}

const link = await connectRedis({ url, prefix, onError: () => {}, reconnectMs: 100 });
const worker = await redisWorker({
  link,
  painters: Array.from({ length: painters }, painter),
  thumbnails: { put: async () => '', remove: async () => {} },
  onError: (error) => process.stderr.write(`${error}\n`),
  timing,
});
process.on('message', (message: ToWorkerProcess) => {
  if (message.type === 'finish') finishes.get(message.jobId)?.(message.painted);
  else void worker.close().then(() => tell({ type: 'closed' }));
});
process.on('disconnect', () => process.exit());
tell({ type: 'ready' });
