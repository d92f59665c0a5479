import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { PAINTER_LOST } from '../core/painter.ts';
import type { ErrorCode } from '../nst/errors.ts';
import type { JobQueue, QueueEvent, QueueStats } from '../queue/queue.ts';

const SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];

/**
 * Figures for Prometheus. No label tells a user or a server: a label's values are few and known.
 */
export interface Metrics {
  /** A job was accepted. */
  accepted(job: { readonly platform: string; readonly kind: 'painting' | 'sweep' }): void;
  /** A request was refused, and why. */
  refused(code: ErrorCode): void;
  /** A job was started this many milliseconds after it was accepted. */
  waited(ms: number): void;
  /** A job ended after this many milliseconds of painting over all attempts; 0 when it was never painted. */
  finished(outcome: 'done' | 'failed' | 'cancelled', painterMs: number): void;
  /** A painter was replaced, and why. */
  painterRestarted(reason: ErrorCode): void;
  /**
   * Counts ends of jobs, and painters lost with a job, from a queue's events; whoever watches calls
   * {@link finished} only for jobs that the queue never saw.
   *
   * @returns a function that ends the watch.
   */
  watch(queue: Pick<JobQueue, 'subscribe'>): () => void;
  /** Media type of {@link text}. */
  readonly contentType: string;
  /** All figures in Prometheus' text format. The queue's are left out while it cannot tell them. */
  text(): Promise<string>;
}

/** Creates metrics with a registry of their own, on which the process's memory and event loop are, too. */
export function createMetrics({ queueStats }: { queueStats: () => Promise<QueueStats> }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const accepted = new Counter({
    name: 'impasto_jobs_accepted_total',
    help: 'Jobs that were accepted.',
    labelNames: ['platform', 'kind'],
    registers,
  });
  const refused = new Counter({
    name: 'impasto_jobs_refused_total',
    help: 'Requests that were refused, by the code of the refusal.',
    labelNames: ['code'],
    registers,
  });
  const finished = new Counter({
    name: 'impasto_jobs_finished_total',
    help: 'Jobs that ended, by what came of them.',
    labelNames: ['outcome'],
    registers,
  });
  const waiting = new Histogram({
    name: 'impasto_job_waiting_seconds',
    help: 'Time from a job’s acceptance to its start.',
    buckets: SECONDS,
    registers,
  });
  const painting = new Histogram({
    name: 'impasto_job_painting_seconds',
    help: 'Time that a job was painted for, over all attempts.',
    buckets: SECONDS,
    registers,
  });
  const restarts = new Counter({
    name: 'impasto_painter_restarts_total',
    help: 'Painters that were replaced, by the reason.',
    labelNames: ['reason'],
    registers,
  });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const queue = {
    waiting: gauge('impasto_queue_waiting', 'Jobs that wait.'),
    running: gauge('impasto_queue_running', 'Jobs that are painted now.'),
    painters: gauge('impasto_painters', 'Jobs that can be painted at once.'),
    capacity: gauge('impasto_queue_capacity', 'Jobs that may wait at most.'),
  } satisfies Record<keyof QueueStats, Gauge>;

  const metrics: Metrics = {
    accepted: ({ platform, kind }) => accepted.inc({ platform, kind }),
    refused: (code) => refused.inc({ code }),
    // The clock may have been set back in between, and a sum must not shrink.
    waited: (ms) => waiting.observe(Math.max(0, ms) / 1000),
    finished: (outcome, painterMs) => {
      finished.inc({ outcome });
      if (painterMs > 0) painting.observe(painterMs / 1000);
    },
    painterRestarted: (reason) => restarts.inc({ reason }),
    watch: (source) => source.subscribe((event) => count(event, metrics)),
    contentType: registry.contentType,
    text: async () => {
      // Before the registry reads its metrics: it would not wait for one gauge before it reads the next.
      const stats = await queueStats().catch(() => undefined);
      for (const [name, each] of Object.entries(queue)) {
        if (stats === undefined) each.remove();
        else each.set(stats[name as keyof QueueStats]);
      }
      return registry.metrics();
    },
  };
  return metrics;
}

function count(event: QueueEvent, metrics: Metrics): void {
  if (event.type === 'done') metrics.finished('done', event.result.painterMs);
  if (event.type === 'failed' || event.type === 'cancelled') metrics.finished(event.type, event.painterMs);
  if ((event.type === 'failed' || event.type === 'retrying') && PAINTER_LOST.includes(event.failure.code)) {
    metrics.painterRestarted(event.failure.code);
  }
}
