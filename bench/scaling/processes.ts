import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** When a painting begins or ends; see clock(). */
export interface Stamp {
  readonly jobId: string;
  readonly what: 'begins' | 'ends';
  readonly at: number;
}

/** A worker in a process of its own. */
export interface WorkerProcess {
  /** All that it has told, in order. */
  readonly stamps: Stamp[];
  kill(): void;
}

/** Starts one of this folder's workers; settles when it takes jobs. */
export async function startWorkerProcess(
  file: string,
  environment: Readonly<Record<string, string>>,
): Promise<WorkerProcess> {
  const child: ChildProcess = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, IMPASTO_HTTP_PORT: 'off', IMPASTO_LOG_LEVEL: 'error', ...environment },
  });
  await once(child, 'message');
  const stamps: Stamp[] = [];
  child.on('message', (stamp: Stamp) => stamps.push(stamp));
  return { stamps, kill: () => void child.kill('SIGKILL') };
}

/** Middle and last hundredth, in milliseconds. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

export function quantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return { p50: quantile(0.5), p99: quantile(0.99), count: sorted.length };
}
