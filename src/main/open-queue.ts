import type { Config } from '../config.ts';
import type { Checkpoints } from '../core/checkpoints.ts';
import type { Painter } from '../core/painter.ts';
import { localQueue } from '../queue/local.ts';
import type { JobQueue } from '../queue/queue.ts';
import type { RedisLink } from '../queue/redis/connection.ts';
import type { RedisWorker } from '../queue/redis/worker.ts';
import type { Usage } from '../queue/schedule/ledger.ts';
import type { PictureStore } from '../store/pictures.ts';

/** Options of {@link openQueue}. */
export interface OpenQueueOptions {
  readonly config: Pick<Config, 'redisUrl' | 'redisPrefix' | 'queueSize'>;
  /** The painters of this process; the queue closes them. */
  readonly painters: readonly Painter[];
  /** Where workers leave thumbnails for the gateways. */
  readonly thumbnails: PictureStore;
  readonly checkpoints: Pick<Checkpoints, 'remove'>;
  /** Painter time that was used before. */
  readonly usage: () => Promise<readonly Usage[]>;
  readonly onError: (error: unknown) => void;
}

/** A queue that is open. */
export interface OpenQueue {
  readonly queue: JobQueue;
  /** The Redis that it is on; undefined when it is in this process. */
  readonly link: RedisLink | undefined;
  /** Closes it, and what it stands on. */
  close(): Promise<void>;
}

/**
 * Opens the queue that the configuration asks for: on Redis, or in this process.
 *
 * @throws ImpastoError `queue-failed`, and what `usage` throws; the painters are then closed.
 */
export async function openQueue(options: OpenQueueOptions): Promise<OpenQueue> {
  try {
    return await open(options);
  } catch (error) {
    await Promise.all(options.painters.map((painter) => painter.close()));
    throw error;
  }
}

async function open(options: OpenQueueOptions): Promise<OpenQueue> {
  const { config, painters, thumbnails, checkpoints, usage, onError } = options;
  const { redisUrl: url, redisPrefix: prefix, queueSize: capacity } = config;
  if (url === undefined) {
    const queue = localQueue({ painters, capacity, usage: await usage(), onError });
    return { queue, link: undefined, close: () => queue.close() };
  }
  // BullMQ is large: it is loaded where it is used.
  const [{ connectRedis }, { redisQueue }, { redisWorker }] = await Promise.all([
    import('../queue/redis/connection.ts'),
    import('../queue/redis/queue.ts'),
    import('../queue/redis/worker.ts'),
  ]);
  const link = await connectRedis({ url, prefix, onError });
  let worker: RedisWorker | undefined;
  try {
    if (painters.length > 0) worker = await redisWorker({ link, painters, thumbnails, onError });
    const queue = await redisQueue({
      link,
      capacity,
      usage,
      thumbnails,
      forget: (jobId) => checkpoints.remove(jobId),
      onError,
      ...(worker && { worker }),
    });
    return { queue, link, close: () => queue.close().finally(() => link.close()) };
  } catch (error) {
    await worker?.close();
    await link.close();
    throw error;
  }
}
