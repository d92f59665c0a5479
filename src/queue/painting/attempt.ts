import type { Checkpoint, Checkpoints } from '../../core/checkpoints.ts';
import type { PaintHooks } from '../../core/painter.ts';
import { checkJobId, type Painted, type PaintTask } from '../../core/task.ts';
import type { Engine } from '../../nst/engines/engine.ts';
import { ImpastoError } from '../../nst/errors.ts';
import type { Picture } from '../../nst/image/picture.ts';
import type { Sources } from '../../nst/level.ts';
import type { Progress } from '../../nst/progress.ts';
import type { StylizeOptions } from '../../nst/settings.ts';
import { type StylizeResult, stylize } from '../../nst/stylize.ts';
import { Reporter } from './reporter.ts';
import { TimeLapse } from './timelapse.ts';

/** Options of {@link Attempt}. */
export interface AttemptOptions {
  readonly engine: Engine;
  readonly checkpoints: Pick<Checkpoints, 'read' | 'write'>;
  /** Milliseconds between two checkpoints; default 30 000. A stopped painting leaves one in any case. */
  readonly checkpointMs?: number;
  /** Milliseconds between two reports of progress, at least; default 1000. */
  readonly progressMs?: number;
  /** Milliseconds between two thumbnails, at least; default 2000. */
  readonly thumbnailMs?: number;
  /** Told why a checkpoint could not be read or written, or a result not be kept yet; the painting goes on. */
  readonly onError: (error: unknown) => void;
}

/** What a task paints beside the painting at hand. */
export interface Around {
  readonly before: { readonly levels: number; readonly iterations: number };
  /** Megapixels times evaluations, too. */
  readonly after: { readonly levels: number; readonly iterations: number; readonly work: number };
}

const ALONE: Around = {
  before: { levels: 0, iterations: 0 },
  after: { levels: 0, iterations: 0, work: 0 },
};
const DEFAULTS = { checkpointMs: 30_000, progressMs: 1000, thumbnailMs: 2000 } as const;
const NOTHING: Checkpoint = { finished: [], frames: [], painting: new Uint8Array() };

/** One attempt at a task: paints, reports how it gets on, and keeps what it takes to go on in another attempt. */
export class Attempt {
  readonly #task: PaintTask;
  readonly #hooks: PaintHooks;
  readonly #options: Required<AttemptOptions>;
  readonly #reporter: Reporter;
  readonly #finished: Uint8Array[];
  /** Where an earlier attempt has left the painting at hand. */
  #resume: Uint8Array;
  #timelapse: TimeLapse;
  #savedAt = performance.now();
  #latest: Progress | undefined;
  /** The evaluations up to which work has been measured, and since when. */
  #measured: { readonly from: number; iteration: number; megapixelEvaluations: number } | undefined;

  private constructor(
    task: PaintTask,
    hooks: PaintHooks,
    options: AttemptOptions,
    { finished, frames, painting }: Checkpoint,
  ) {
    this.#task = task;
    this.#hooks = hooks;
    this.#options = { ...DEFAULTS, ...options };
    this.#reporter = new Reporter({ ...this.#options, onProgress: hooks.onProgress });
    this.#finished = [...finished];
    this.#resume = painting;
    this.#timelapse = new TimeLapse(frames);
  }

  /**
   * Begins with what an earlier attempt has left.
   *
   * @throws TypeError for a job's id that names no checkpoint.
   */
  static async begin(task: PaintTask, hooks: PaintHooks, options: AttemptOptions): Promise<Attempt> {
    checkJobId(task.jobId);
    const checkpoint = await options.checkpoints.read(task).catch(options.onError);
    return new Attempt(task, hooks, options, checkpoint ?? NOTHING);
  }

  /** Paintings of the task that are finished, as PNG. */
  get finished(): readonly Uint8Array[] {
    return this.#finished;
  }

  get timelapse(): TimeLapse {
    return this.#timelapse;
  }

  /** Work of this attempt since its first evaluation, whose time is that of loading, too. */
  get work(): Painted['work'] {
    const { from = 0, megapixelEvaluations = 0 } = this.#measured ?? {};
    return { megapixelEvaluations, ms: this.#measured ? performance.now() - from : 0 };
  }

  /** Counts a painting of the task as finished, so that no later attempt paints it again. */
  async finish(png: Uint8Array): Promise<void> {
    this.#finished.push(png);
    this.#latest = undefined;
    this.#resume = NOTHING.painting;
    await this.save();
  }

  /**
   * Makes one painting, from the checkpoint where there is one of it.
   *
   * @throws ImpastoError what stylize() throws
   */
  async paint(sources: Sources, options: StylizeOptions, around = ALONE): Promise<StylizeResult> {
    const { engine } = this.#options;
    const { signal } = this.#hooks;
    const resume = this.#resume;
    try {
      return await stylize(sources, options, {
        engine,
        signal,
        ...(resume.length > 0 && { resume }),
        onProgress: (progress) => this.#happened(progress, around),
      });
    } catch (error) {
      if (signal.aborted) await this.save();
      if (resume.length === 0 || !(error instanceof ImpastoError) || error.code !== 'bad-checkpoint')
        throw error;
      this.#options.onError(error);
      this.#resume = NOTHING.painting;
      this.#timelapse = new TimeLapse();
      return this.paint(sources, options, around);
    }
  }

  async #happened(progress: Progress, { before, after }: Around): Promise<void> {
    const { level, levels, width, height, remainingMs, evaluationMs } = progress;
    const megapixels = (width * height) / 1e6;
    const iteration = before.iterations + progress.iteration;
    this.#latest = progress;
    this.#measure(iteration, megapixels);
    let preview: Promise<Picture> | undefined;
    const painted = () => {
      preview ??= progress.preview();
      return preview;
    };
    await this.#reporter.report(
      {
        level: before.levels + level,
        levels: before.levels + levels + after.levels,
        width,
        height,
        iteration,
        iterations: before.iterations + progress.iterations + after.iterations,
        remainingMs: remainingMs + (after.work * evaluationMs) / megapixels,
      },
      progress.iteration > 1 ? painted : undefined,
    );
    if (this.#task.kind === 'painting') {
      await this.#timelapse.record(progress.iteration, progress.iterations, painted);
    }
    if (performance.now() - this.#savedAt >= this.#options.checkpointMs) await this.save();
  }

  #measure(iteration: number, megapixels: number): void {
    this.#measured ??= { from: performance.now(), iteration, megapixelEvaluations: 0 };
    this.#measured.megapixelEvaluations += (iteration - this.#measured.iteration) * megapixels;
    this.#measured.iteration = iteration;
  }

  /** Leaves a checkpoint. Never rejects. */
  async save(): Promise<void> {
    try {
      await this.#options.checkpoints.write(this.#task, {
        finished: this.#finished,
        frames: this.#timelapse.frames,
        painting: this.#latest?.checkpoint() ?? this.#resume,
      });
    } catch (error) {
      this.#options.onError(error);
    }
    this.#savedAt = performance.now();
  }
}
