import { EventEmitter, once } from 'node:events';
import type { Painter, PaintHooks } from '../../src/core/painter.ts';
import type { Painted, PaintProgress, PaintTask } from '../../src/core/task.ts';
import { stopIfAborted } from '../../src/nst/abort.ts';
import { type ErrorCode, ImpastoError } from '../../src/nst/errors.ts';
import type { QueuedJob } from '../../src/queue/queue.ts';

/** A job of a user `server.name`, who belongs to the server `server`. */
export function job(jobId: string, user: string, more: Partial<QueuedJob> = {}): QueuedJob {
  const task: PaintTask = {
    jobId,
    kind: 'painting',
    options: { size: 512 },
    content: 'photo',
    styles: ['style'],
  };
  const [server = user] = user.split('.');
  return { task, user, server, lane: 'normal', estimateMs: 10_000, maxConcurrent: 1, ...more };
}

export const progress: PaintProgress = {
  level: 1,
  levels: 2,
  width: 64,
  height: 48,
  iteration: 10,
  iterations: 100,
  remainingMs: 4000,
};

export const painted: Painted = {
  picture: 'result',
  width: 512,
  height: 384,
  size: 512,
  iterations: 100,
  painterMs: 5,
  work: { megapixelEvaluations: 10, ms: 5 },
  warnings: [],
};

/** An error as painters throw it. */
export function failure(code: ErrorCode): ImpastoError {
  return new ImpastoError(code, `It failed: ${code}.`, { advice: 'Do something.' });
}

/** A painting that waits for the test to say how it goes on. */
export interface Sitting {
  readonly task: PaintTask;
  readonly hooks: PaintHooks;
  finish(result?: Painted): void;
  fail(error: Error): void;
}

/** Painters that paint as the test says. What they do is in the order in which it happened. */
export class Studio {
  readonly painters: Painter[];
  readonly forgotten: string[] = [];
  /** Jobs in the order in which they were started. */
  readonly started: string[] = [];
  readonly #sittings = new Map<string, Sitting>();
  readonly #events = new EventEmitter().setMaxListeners(0);

  constructor(count: number) {
    this.painters = Array.from({ length: count }, () => this.#painter());
  }

  get busy(): string[] {
    return [...this.#sittings.keys()];
  }

  /** The painting of a job, as soon as there is one. */
  async sitting(jobId: string): Promise<Sitting> {
    for (;;) {
      const sitting = this.#sittings.get(jobId);
      if (sitting) return sitting;
      await once(this.#events, 'started');
    }
  }

  /** Finishes the one painting that goes on or is about to, and tells whose it was. */
  async finishNext(): Promise<string> {
    while (this.busy.length === 0) await once(this.#events, 'started');
    const [jobId] = this.busy as [string];
    this.#sittings.get(jobId)?.finish();
    return jobId;
  }

  /** Settles when a checkpoint has been given up. */
  async forgot(jobId: string): Promise<void> {
    while (!this.forgotten.includes(jobId)) await once(this.#events, 'forgotten');
  }

  #painter(): Painter {
    const stop = new AbortController();
    return {
      paint: async (task, hooks) => {
        const aborted = AbortSignal.any([hooks.signal, stop.signal]);
        stopIfAborted(aborted);
        try {
          return await new Promise((resolve, reject) => {
            aborted.addEventListener('abort', () => reject(failure('aborted')));
            this.#sittings.set(task.jobId, {
              task,
              hooks,
              finish: (result = painted) => resolve(result),
              fail: reject,
            });
            this.started.push(task.jobId);
            this.#events.emit('started');
          });
        } finally {
          this.#sittings.delete(task.jobId);
        }
      },
      forget: async (jobId) => {
        this.forgotten.push(jobId);
        this.#events.emit('forgotten');
      },
      close: async () => stop.abort(),
    };
  }
}
