import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Metrics } from './metrics.ts';

/** Figures of a worker. */
export interface WorkerStats {
  readonly painters: number;
  /** Jobs that it paints now. */
  readonly running: number;
}

/** A worker's figures for Prometheus, with the process's memory and event loop. The bot's metrics count the jobs. */
export function createWorkerMetrics(stats: () => WorkerStats): Pick<Metrics, 'text' | 'contentType'> {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('impasto_worker_painters', 'Jobs that this worker can paint at once.', () => stats().painters);
  gauge('impasto_worker_running', 'Jobs that this worker paints now.', () => stats().running);
  return { contentType: registry.contentType, text: () => registry.metrics() };
}
