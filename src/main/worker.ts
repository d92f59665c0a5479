import { createRequire } from 'node:module';
import type { Config } from '../config.ts';
import type { Painter } from '../core/painter.ts';
import { makePrivate } from '../files/private-folder.ts';
import { normalisingPainter } from '../intake/normalised.ts';
import { openIntake } from '../intake/open-intake.ts';
import type { NormaliseRequest } from '../intake/protocol.ts';
import { ImpastoError } from '../nst/errors.ts';
import { folderCheck, type HealthCheck, problemsOf } from '../ops/health.ts';
import { serveOps } from '../ops/http.ts';
import type { Logger } from '../ops/log.ts';
import { createWorkerMetrics } from '../ops/worker-metrics.ts';
import type { Answering } from '../processes/process-pool.ts';
import { connectRedis } from '../queue/redis/connection.ts';
import { redisWorker } from '../queue/redis/worker.ts';
import { openPlace } from '../store/open-place.ts';
import { closeAll, isDoneWithin } from './closing.ts';
import { paintersOf } from './painters.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** What a worker runs with. */
export interface WorkerOptions {
  readonly config: Config;
  readonly log: Logger;
  /** Makes one of the painters; by default a process that paints. */
  readonly createPainter?: (index: number) => Painter;
  /** Decode pictures that have not been yet; by default processes of their own. */
  readonly decoders?: Answering<NormaliseRequest, unknown>;
  /** What is looked at for its health, beside the queue and the folder of pictures. */
  readonly checks?: readonly HealthCheck[];
  /** Ends the start; what has been started is stopped by stop(). */
  readonly signal?: AbortSignal;
}

/** A running worker. */
export interface WorkerInstance {
  /** Where health and metrics are served; undefined when they are not. */
  readonly opsUrl: string | undefined;
  /** Stops within the configured time: running paintings leave a checkpoint and are handed to other workers. */
  stop(): Promise<void>;
}

/**
 * Wires the parts of a worker, which paints the jobs of bots on other machines, and starts them.
 *
 * @throws ImpastoError `bad-setting`, `queue-failed`, and the signal's reason; what had been started is stopped.
 */
export async function startWorker(options: WorkerOptions): Promise<WorkerInstance> {
  const { config, log, createPainter, signal } = options;
  const url = requiredRedis(config);
  const closing: (() => Promise<unknown>)[] = [];
  try {
    return await start();
  } catch (error) {
    await isDoneWithin(config.stopMs, closeAll(closing, log));
    throw error;
  }

  async function start(): Promise<WorkerInstance> {
    const link = await connectRedis({
      url,
      prefix: config.redisPrefix,
      onError: (err) => log.error({ err }, 'Redis cannot be reached; what is painted goes on'),
    });
    closing.push(() => link.close());
    if (config.place.type === 'folder') await makePrivate(config.place.folder, log);
    const { pictures, thumbnails } = await openPlace(config.place, config.s3Credentials);
    const intake = await openIntake(config, log, options.decoders);
    closing.push(() => intake.close());
    const painters = (await paintersOf(config, log, createPainter, signal)).map((painter) =>
      normalisingPainter(painter, pictures, intake, config.maxima.maxSize),
    );
    signal?.throwIfAborted();
    const worker = await redisWorker({
      link,
      painters,
      thumbnails,
      onError: (err, jobId) => log.error({ err, jobId }, 'a job could not be painted or reported'),
    });
    closing.push(() => worker.close());
    const stats = () => ({ painters: painters.length, running: worker.running });
    const { place } = config;
    const checks = [
      () => (link.isReady ? undefined : 'The queue does not answer.'),
      () => worker.problem,
      () => intake.problem,
      ...(place.type === 'folder' ? [folderCheck('the pictures', place.folder)] : []),
      folderCheck('pictures at the door', config.intake.folder),
      ...(options.checks ?? []),
    ];
    const health = async () => ({
      problems: await problemsOf(checks),
      details: { version, ...stats() },
    });
    const { httpHost: host, httpPort: port } = config;
    const ops =
      port === undefined
        ? undefined
        : await serveOps({ host, port, metrics: createWorkerMetrics(stats), health, log });
    if (ops) closing.push(() => ops.close());
    if (place.type === 'folder') {
      log.warn(
        { folder: place.folder },
        'pictures and checkpoints are in a folder: the bots and all workers have to share it',
      );
    }
    log.info({ version, ...stats(), ops: ops?.url }, 'the worker is running');
    let stopped: Promise<void> | undefined;
    return {
      opsUrl: ops?.url,
      stop() {
        stopped ??= stop();
        return stopped;
      },
    };
  }

  async function stop(): Promise<void> {
    log.info('stopping: running paintings leave a checkpoint and go on in other workers');
    if (await isDoneWithin(config.stopMs, closeAll(closing, log))) log.info('stopped');
    else
      log.warn(
        { afterMs: config.stopMs },
        'stopping took too long; other workers take over what is unfinished',
      );
  }
}

/** @throws ImpastoError `bad-setting` */
function requiredRedis({ redisUrl, painters }: Config): string {
  if (redisUrl === undefined) {
    throw new ImpastoError(
      'bad-setting',
      'IMPASTO_REDIS_URL is not set: there is nowhere to take jobs from.',
      {
        advice:
          'Set it to the Redis server of the bots whose jobs are to be painted, such as redis://host:6379.',
      },
    );
  }
  if (painters === 0) {
    throw new ImpastoError(
      'bad-setting',
      'IMPASTO_PAINTERS is 0, but a worker does nothing else than paint.',
      {
        advice: 'Set it to the number of paintings that this machine is to paint at once.',
      },
    );
  }
  return redisUrl;
}
