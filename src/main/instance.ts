import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ChatAdapter } from '../adapters/adapter.ts';
import { createBot } from '../bot/bot.ts';
import { openGallery } from '../bot/gallery.ts';
import type { Config } from '../config.ts';
import type { Painter } from '../core/painter.ts';
import { type DeliveryImages, openDeliveryImages } from '../delivery-images/delivery-images.ts';
import { makePrivate } from '../files/private-folder.ts';
import type { Intake } from '../intake/intake.ts';
import { normalisingPainter } from '../intake/normalised.ts';
import { openIntake } from '../intake/open-intake.ts';
import type { NormaliseRequest } from '../intake/protocol.ts';
import { ErasingClock } from '../ops/erasing-clock.ts';
import { answers, folderCheck, type HealthCheck, problemsOf } from '../ops/health.ts';
import { startHousekeeping } from '../ops/housekeeping.ts';
import { type OpsServer, serveOps } from '../ops/http.ts';
import type { Logger } from '../ops/log.ts';
import { createMetrics, type Metrics } from '../ops/metrics.ts';
import type { Answering } from '../processes/process-pool.ts';
import type { JobQueue } from '../queue/queue.ts';
import { PictureKeeping } from '../store/keeping.ts';
import { openPlace } from '../store/open-place.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { closeAll, isDoneWithin } from './closing.ts';
import { openQueue } from './open-queue.ts';
import { painterMemory, paintersOf } from './painters.ts';
import { claimOn, Serving } from './serving.ts';

const DAY_MS = 86_400_000;

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** What an instance runs with. */
export interface InstanceOptions {
  readonly config: Config;
  /** The chat platforms that are configured. */
  readonly adapters: readonly ChatAdapter[];
  readonly log: Logger;
  /** Makes one of the painters; by default a process that paints. */
  readonly createPainter?: (index: number) => Painter;
  /** Decode foreign pictures; by default processes of their own. */
  readonly decoders?: Answering<NormaliseRequest, unknown>;
  /** Makes of pictures what is sent, and is closed with the instance; by default a process of its own. */
  readonly images?: DeliveryImages;
  /** What is looked at for its health, beside queue, database, platforms and folders. */
  readonly checks?: readonly HealthCheck[];
  /** Ends the start, such as the waiting for what another gateway serves; what has been started is stopped by stop(). */
  readonly signal?: AbortSignal;
}

/** A running instance. */
export interface Instance {
  /** Where health and metrics are served; undefined when they are not. */
  readonly opsUrl: string | undefined;
  /** Aborted when another gateway may serve the platforms from now on: the instance has to be stopped. */
  readonly lost: AbortSignal;
  /**
   * Stops within the configured time: no event is taken any more, those in hand are answered, running paintings leave
   * a checkpoint. What is not finished goes on after the next start.
   */
  stop(): Promise<void>;
}

/**
 * Wires the parts and starts them: store, queue, bot, platforms. What was accepted before a stop or a crash goes on.
 *
 * @throws ImpastoError `store-failed`, `queue-failed`, `bad-setting`, what the adapters throw, and the signal's reason; what
 *   had been started is stopped.
 */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { config, adapters, log, signal } = options;
  const closing: (() => Promise<unknown>)[] = [];
  try {
    return await start();
  } catch (error) {
    await isDoneWithin(config.stopMs, closeAll(closing, log));
    throw error;
  }

  async function start(): Promise<Instance> {
    for (const [, folder] of keptFolders(config)) await makePrivate(folder, log);
    const store = await openStore(config, (err) =>
      log.info({ err }, 'a connection to the database was lost'),
    );
    closing.push(() => store.close());
    let endHousekeeping = async () => {};
    closing.push(() => endHousekeeping());
    signal?.throwIfAborted();
    const { pictures, checkpoints, thumbnails } = await openPlace(config.place, config.s3Credentials);
    const {
      picturesBytes: maxBytes,
      picturesUserBytes: userBytes,
      picturesServerBytes: serverBytes,
    } = config;
    const keeping = new PictureKeeping({ store, pictures, maxBytes, userBytes, serverBytes });
    const intake = await openIntake(config, log, options.decoders);
    closing.push(() => intake.close());
    const { images = openDeliveryImages(log) } = options;
    closing.push(() => images.close());
    const painters = (await paintersOf(config, log, options.createPainter, signal)).map((painter) =>
      normalisingPainter(painter, pictures, intake, config.maxima.maxSize),
    );
    signal?.throwIfAborted();
    const { queue, link, close } = await openQueue({
      config,
      painters,
      thumbnails,
      checkpoints,
      usage: async () =>
        (await store.jobs.painterTime(Date.now() - DAY_MS)).map(
          ({ platform, server, user, painterMs, finishedAt }) => ({
            server: `${platform}:${server}`,
            user: `${platform}:${user}`,
            ms: painterMs,
            at: finishedAt,
          }),
        ),
      onError: (err) => log.error({ err }, 'an event of the queue could not be handled'),
    });
    closing.push(close);
    const metrics = createMetrics({ queueStats: () => queue.stats() });
    closing.push(async () => unwatch());
    const unwatch = metrics.watch(queue);
    const bot = createBot({
      store,
      pictures,
      intake,
      keeping,
      images,
      queue,
      chats: new Map(adapters.map((adapter) => [adapter.platform, adapter])),
      gallery: await openGallery(fileURLToPath(new URL('../../gallery', import.meta.url))),
      settings: {
        version,
        maxima: config.maxima,
        painterMemory: painterMemory(config, painters.length),
      },
      metrics,
      log,
      now: Date.now,
      claim: link && claimOn(link, log),
    });
    const serving = new Serving(link, log);
    closing.push(() => serving.release());
    for (const adapter of adapters) closing.push(() => adapter.close());
    closing.push(() => bot.stop());
    const ops = await startOps(store, queue, metrics, intake);
    if (ops) closing.push(() => ops.close());
    endHousekeeping = startHousekeeping({
      store,
      keeping,
      queue,
      checkpoints,
      thumbnails,
      clock: new ErasingClock({ marks: store.measurements, log }),
      retentionMs: config.retentionMs,
      recordsMs: config.recordsMs,
      log,
    });
    if (link && config.databaseUrl === undefined) {
      log.warn(
        'Records are in a file of this machine: another bot on this Redis would not know of its jobs.',
      );
    }
    await joinAll();
    log.info(
      { version, painters: painters.length, data: config.dataFolder, ops: ops?.url },
      'Impasto is running',
    );
    let stopped: Promise<void> | undefined;
    return {
      opsUrl: ops?.url,
      lost: serving.lost,
      stop() {
        stopped ??= stop();
        return stopped;
      },
    };

    /** Serves each platform as soon as no other gateway does. */
    async function joinAll(): Promise<void> {
      const failed = new AbortController();
      const ended = AbortSignal.any([failed.signal, serving.lost, ...(signal ? [signal] : [])]);
      const join = async (adapter: ChatAdapter) => {
        await serving.acquire(adapter.scope, ended);
        ended.throwIfAborted();
        await adapter.start(bot);
        log.info({ platform: adapter.platform }, 'connected');
        await bot.resume(adapter.platform);
      };
      try {
        await Promise.all(adapters.map(join));
        ended.throwIfAborted();
      } catch (error) {
        failed.abort();
        await stop();
        throw error;
      }
    }

    async function stop(): Promise<void> {
      log.info('stopping: running paintings leave a checkpoint and go on after the next start');
      const graceful = (async () => {
        // Painters are told at once: events in hand may wait for them.
        await Promise.all([...adapters.map((adapter) => adapter.stop()), queue.close()]);
        await closeAll(closing, log);
      })();
      if (await isDoneWithin(config.stopMs, graceful)) {
        log.info('stopped');
      } else {
        log.warn(
          { afterMs: config.stopMs },
          'stopping took too long; what is unfinished goes on after the next start',
        );
      }
    }
  }

  async function startOps(
    store: Store,
    queue: JobQueue,
    metrics: Metrics,
    intake: Intake,
  ): Promise<OpsServer | undefined> {
    const { httpHost: host, httpPort: port } = config;
    if (port === undefined) return undefined;
    const checks = [
      answers(() => queue.stats(), 'The queue does not answer.'),
      answers(() => store.measurements.get('health'), 'The database does not answer.'),
      ...[intake, ...adapters].map((part) => () => part.problem),
      ...keptFolders(config).map(([kept, folder]) => folderCheck(kept, folder)),
      ...(options.checks ?? []),
    ];
    const health = async () => {
      const problems = await problemsOf(checks);
      const { waiting, running, painters } = (await queue.stats().catch(() => undefined)) ?? {};
      return { problems, details: { version, waiting, running, painters } };
    };
    return serveOps({ host, port, metrics, health, log });
  }
}

/** The folders that are written to, with what is kept in them. */
function keptFolders({ dataFolder, databaseUrl, place, intake }: Config): [kept: string, folder: string][] {
  return [
    ['pictures at the door', intake.folder],
    ...(databaseUrl === undefined ? [['the database', dataFolder] as [string, string]] : []),
    ...(place.type === 'folder' ? [['the pictures', place.folder] as [string, string]] : []),
  ];
}
