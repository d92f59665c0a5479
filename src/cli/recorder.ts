import { ImpastoError } from '../nst/errors.ts';
import { animate } from '../nst/image/animate.ts';
import type { Picture } from '../nst/image/picture.ts';
import { fitWithin, resizePicture } from '../nst/image/resize.ts';
import type { Progress } from '../nst/progress.ts';
import { writeAtomically } from './files.ts';
import { type LossRecord, lossPlot } from './loss-plot.ts';

/** What to keep of a painting in progress. */
export interface RecorderOptions {
  /** Evaluations between two saved pictures. */
  readonly saveEvery: number | undefined;
  /** Where the animation goes: .webp or .gif. */
  readonly timelapse: string | undefined;
  /** Where the plot of the loss goes. */
  readonly lossPlot: string | undefined;
  /** Evaluations planned. */
  readonly iterations: number;
  /** Saves a picture in progress. */
  readonly save: (progress: Progress) => Promise<void>;
}

/** Frames of a time lapse, at most; their longer side in pixels; how long each is shown, in milliseconds. */
const FRAMES = 48;
const FRAME_SIDE = 480;
const FRAME_MS = 100;
const LAST_FRAME_MS = 2500;

/** Keeps the pictures and losses of a painting in progress and writes them at its end. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #format: 'webp' | 'gif';
  readonly #frames: Picture[] = [];
  readonly #losses: LossRecord[] = [];
  /** The evaluation up to which pictures have been saved; a resumed painting has saved those before. */
  #saved: number | undefined;
  #nextFrame = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#format = animationFormat(options.timelapse);
  }

  async record(progress: Progress): Promise<void> {
    const { timelapse, saveEvery, iterations, save } = this.#options;
    const { iteration, level, width, height, loss } = progress;
    this.#losses.push({ evaluation: iteration, level, width, height, loss });
    if (timelapse !== undefined && iteration >= this.#nextFrame) {
      this.#nextFrame = iteration + iterations / FRAMES;
      this.#frames.push(this.#frame(await progress.preview()));
    }
    this.#saved ??= iteration === 1 ? 0 : iteration;
    if (saveEvery !== undefined && iteration - this.#saved >= saveEvery) {
      this.#saved = iteration;
      await save(progress);
    }
  }

  /** Writes what was asked for. */
  async finish(result: Picture): Promise<void> {
    const { timelapse, lossPlot: plot } = this.#options;
    if (timelapse !== undefined) {
      const frames = [...this.#frames, this.#frame(result)];
      const options = { format: this.#format, delayMs: FRAME_MS, holdLastMs: LAST_FRAME_MS };
      await writeAtomically(timelapse, await animate(frames, options));
    }
    if (plot !== undefined) await writeAtomically(plot, Buffer.from(lossPlot(this.#losses)));
  }

  /** Levels differ by a pixel in their proportions; the first frame's size is every frame's. */
  #frame(picture: Picture): Picture {
    const { width, height } = this.#frames[0] ?? fitWithin(picture.width, picture.height, FRAME_SIDE);
    return resizePicture(picture, width, height);
  }
}

function animationFormat(path: string | undefined): 'webp' | 'gif' {
  if (path === undefined || /\.webp$/i.test(path)) return 'webp';
  if (/\.gif$/i.test(path)) return 'gif';
  throw new ImpastoError('unsupported-format', `A time lapse cannot be written as “${path}”.`, {
    advice: 'Give a file name that ends in .webp or .gif.',
  });
}
