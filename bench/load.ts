// Submits many jobs to a whole bot with quick painters, while a real painting goes on beside them.
// Prints JSON: acknowledgement times, event-loop delay and memory over the run.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readConfig } from '../src/config.ts';
import type { Painter } from '../src/core/painter.ts';
import { startInstance } from '../src/main/instance.ts';
import { painterOf } from '../src/main/painters.ts';
import { createLog } from '../src/ops/log.ts';
import { FakeAdapter } from '../test/support/fake-adapter.ts';
import { quickPainter } from './quick-painter.ts';
import { request, Sink } from './sink.ts';

const SUBMISSIONS = 1 + Number(process.argv[2] ?? 1000);
/** Each has two pictures, which are decoded at once. */
const PER_SECOND = 10;
const SERVERS = 100;
const USERS = 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

// Painters are processes, which read the environment: one thread leaves the other core to the bot.
process.env.IMPASTO_THREADS ??= '1';
const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-load-'));
const config = readConfig({
  ...process.env,
  IMPASTO_DATA: folder,
  IMPASTO_HTTP_PORT: 'off',
  IMPASTO_PAINTERS: '4',
  IMPASTO_QUEUE_SIZE: '20000',
});
const log = createLog({ level: 'error' });

/** Evaluations of the real painting so far. */
let evaluations = 0;

/** A painter that paints for real, whatever it is asked, without an end. */
function busyPainter(): Painter {
  const real = painterOf(config, log);
  return {
    paint(task, hooks) {
      const onProgress: typeof hooks.onProgress = (progress) => {
        evaluations = progress.iteration;
        hooks.onProgress(progress);
      };
      return real.paint({ ...task, options: { size: 256, iterations: 100_000 } }, { ...hooks, onProgress });
    },
    forget: (jobId) => real.forget(jobId),
    close: () => real.close(),
  };
}

const platform = new Sink();
const instance = await startInstance({
  config,
  adapters: [new FakeAdapter(platform)],
  log,
  createPainter: (index) => (index === 0 ? busyPainter() : quickPainter()),
});

const submission = (index: number, user = `user-${index % (SERVERS * USERS)}`) =>
  request(String(index), { user, server: `server-${index % SERVERS}` });

const memory = () => {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
};

// The first job keeps the real painter busy for the whole run; its user, who may have one at a time, asks no more.
await platform.sink(submission(0, 'sitter'));
while (evaluations === 0 && platform.count.end === 0) await delay(50);
if (evaluations === 0)
  throw new Error('Nothing is painted: set IMPASTO_MODELS to a folder with the weights.');
const loop = monitorEventLoopDelay({ resolution: 5 });
loop.enable();
const acknowledged: number[] = [];
const heap: number[] = [];
const before = evaluations;
const began = performance.now();
const inHand: Promise<void>[] = [];
for (let index = 1; index < SUBMISSIONS; index++) {
  await delay(Math.max(0, began + (1000 * index) / PER_SECOND - performance.now()));
  const at = performance.now();
  inHand.push(
    platform.sink(submission(index)).then(() => {
      acknowledged.push(performance.now() - at);
    }),
  );
  if (index % Math.floor(SUBMISSIONS / 5) === 0) heap.push(Math.round(memory()));
}
await Promise.all(inHand);
loop.disable();
const seconds = (performance.now() - began) / 1000;
const painted = evaluations - before;
while (platform.count.end < SUBMISSIONS - 1) await delay(100);
heap.push(Math.round(memory()));
await instance.stop();
await rm(folder, { recursive: true, force: true });

acknowledged.sort((a, b) => a - b);
const quantile = (share: number) => acknowledged[Math.floor(share * (acknowledged.length - 1))] ?? 0;
process.stdout.write(
  `${JSON.stringify({
    submissions: SUBMISSIONS - 1,
    seconds,
    answered: platform.count.end,
    evaluations: painted,
    ackMs: { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) },
    loopMs: { p50: loop.percentile(50) / 1e6, p99: loop.percentile(99) / 1e6, max: loop.max / 1e6 },
    heapMb: heap,
  })}\n`,
);
