import { inspect } from 'node:util';
import { type Failure, failureOf } from '../../core/failures.ts';
import type { PaintHooks } from '../../core/painter.ts';
import type { Painted, PaintTask } from '../../core/task.ts';
import type { FromPainter, ToPainter } from './protocol.ts';

/** Hooks of a painting in a process of its own. */
export interface ServeHooks extends PaintHooks {
  /** To be called now and then during work that makes no progress to report: silence is taken for being stuck. */
  readonly onActivity: () => void;
  /** To be called when another process should paint what comes after this task. */
  readonly onRetire: () => void;
}

/** Signs of activity are sent no more often than this, in milliseconds. */
const ACTIVITY_MS = 500;

/**
 * Makes this process a painter of the one that forked it: paints the tasks it is sent, and ends when it is told to
 * or when the other has gone.
 */
export function serve(paint: (task: PaintTask, hooks: ServeHooks) => Promise<Painted>): void {
  if (!process.send) throw new Error('A painter is started by Impasto, not by hand');
  let painting: { controller: AbortController; ended: Promise<void> } | undefined;
  const close = async () => {
    painting?.controller.abort();
    await painting?.ended;
    process.exit();
  };
  const answer = async (task: PaintTask, signal: AbortSignal) => {
    let retire = false;
    const hooks: ServeHooks = {
      signal,
      onProgress: (progress) => void send({ type: 'progress', progress }),
      onActivity: seldom(() => void send({ type: 'active' })),
      onRetire: () => {
        retire = true;
      },
    };
    try {
      const painted = await paint(task, hooks);
      await send({ type: 'painted', painted, retire });
    } catch (error) {
      await send({ type: 'failed', failure: failureIn(error), detail: inspect(error), retire });
    } finally {
      painting = undefined;
    }
  };
  process.on('message', (message: ToPainter) => {
    if (message.type === 'paint') {
      const controller = new AbortController();
      painting = { controller, ended: answer(message.task, controller.signal) };
    } else if (message.type === 'stop') {
      painting?.controller.abort();
    } else {
      void close();
    }
  });
  // Nobody is left to paint for. Another process may be painting the task by now, so no checkpoint is written.
  process.on('disconnect', () => process.exit());
  // These may be sent to all processes of a terminal or a service: how to stop is for the one in charge to say.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  if (!process.connected) process.exit();
  void send({ type: 'ready' });
}

/** Settles when the message is on its way; one to a process that has gone is dropped. */
function send(message: FromPainter): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

function seldom(action: () => void): () => void {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < ACTIVITY_MS) return;
    last = now;
    action();
  };
}

/** JavaScript tells of memory that an array could not have by a RangeError like any other, except in words. */
function failureIn(error: unknown): Failure {
  if (!(error instanceof RangeError && /allocation failed/i.test(error.message))) return failureOf(error);
  return {
    code: 'out-of-memory',
    message: 'There was not enough memory for a picture of this size.',
    advice: 'Choose a smaller size.',
  };
}
