import type { Painter, PaintHooks } from '../../src/core/painter.ts';
import type { Pictures } from '../../src/core/pictures.ts';
import type { Painted, PaintTask } from '../../src/core/task.ts';
import { ImpastoError } from '../../src/nst/errors.ts';
import { gradientPicture } from './pictures.ts';

/** A painting that waits for the test to say how it goes on. */
export interface ScriptedPainting {
  readonly task: PaintTask;
  /** Reports so many of 100 evaluations. */
  progress(iteration: number): void;
  finish(changes?: Partial<Painted>): Promise<void>;
  fail(error: Error): void;
}

/** Painters whose paintings a test drives by hand. */
export class Easel {
  readonly #pictures: () => Pictures;
  readonly #started: ScriptedPainting[] = [];
  readonly #waiting: ((painting: ScriptedPainting) => void)[] = [];
  /** Jobs whose checkpoints were given up, in order. */
  readonly forgotten: string[] = [];

  constructor(pictures: () => Pictures) {
    this.#pictures = pictures;
  }

  /** The next painting that starts, or has started and was not yet taken here. */
  next(): Promise<ScriptedPainting> {
    const started = this.#started.shift();
    if (started) return Promise.resolve(started);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  createPainter(): Painter {
    const closing = new AbortController();
    return {
      paint: (task, hooks) =>
        this.#paint(task, { ...hooks, signal: AbortSignal.any([hooks.signal, closing.signal]) }),
      forget: async (jobId) => {
        this.forgotten.push(jobId);
      },
      close: async () => closing.abort(),
    };
  }

  #paint(task: PaintTask, { signal, onProgress }: PaintHooks): Promise<Painted> {
    return new Promise((resolve, reject) => {
      const stop = () =>
        reject(new ImpastoError('aborted', 'The work was stopped.', { advice: 'Start it again.' }));
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      const painting: ScriptedPainting = {
        task,
        progress: (iteration) =>
          onProgress({
            level: 1,
            levels: 1,
            width: 32,
            height: 24,
            iteration,
            iterations: 100,
            remainingMs: 1000 * (100 - iteration),
            thumbnail: Buffer.from([iteration]),
          }),
        finish: async (changes) => resolve(await this.#painted(task, changes)),
        fail: reject,
      };
      const taker = this.#waiting.shift();
      if (taker) taker(painting);
      else this.#started.push(painting);
    });
  }

  async #painted(task: PaintTask, changes: Partial<Painted> = {}): Promise<Painted> {
    const pictures = this.#pictures();
    // No two jobs have the same.
    const picture = gradientPicture(32, 24).withExif({ IFD0: { ImageDescription: task.jobId } });
    return {
      picture: await pictures.put(await picture.png().toBuffer()),
      timelapse: await pictures.put(await picture.webp().toBuffer()),
      width: 32,
      height: 24,
      size: task.options.size ?? 512,
      iterations: 100,
      painterMs: 1000,
      work: { megapixelEvaluations: 1, ms: 1000 },
      warnings: [],
      ...changes,
    };
  }
}
