import { writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { failureOf } from '../core/failures.ts';
import { type FromProcess, type ProcessArguments, TOO_MUCH_MEMORY } from './protocol.ts';

/**
 * Makes this process one of a {@link ProcessPool}: answers one request after the other, and ends when the process that
 * forked it has gone, whatever it is doing then.
 */
export function serveRequests<Request, Answer>(handle: (request: Request) => Promise<Answer>): void {
  if (!process.send) throw new Error('This process is started by Impasto, not by hand');
  const { memoryLimit }: ProcessArguments = JSON.parse(process.argv[2] as string);
  preferredByOomKiller();
  new Worker(new URL('./watch-thread.js', import.meta.url), {
    workerData: {
      memoryLimit,
      // Windows has no such signals; being killed counts as having too much memory, too.
      signal: process.platform === 'win32' ? 'SIGKILL' : TOO_MUCH_MEMORY,
      parent: process.ppid,
    },
    // Those of this process may load TypeScript.
    execArgv: [],
  }).unref();
  const send = (message: FromProcess) => void process.send?.(message, undefined, undefined, () => {});
  process.on('message', (request: Request) => {
    handle(request).then(
      (answer) => send({ type: 'answer', answer, residentBytes: resident() }),
      (error) =>
        send({
          type: 'failure',
          failure: failureOf(error),
          detail: inspect(error).slice(0, DETAIL_LENGTH),
          residentBytes: resident(),
        }),
    );
  });
  // exit() would wait for native code.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // These may be sent to all processes of a terminal or a service: how to stop is for the one in charge to say.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  if (!process.connected) process.exit();
  send({ type: 'ready' });
}

const DETAIL_LENGTH = 4000;
const resident = () => process.memoryUsage.rss();

/** When memory runs out, Linux ends this process before any other. */
function preferredByOomKiller(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Other systems have no such thing.
  }
}
