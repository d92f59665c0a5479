import type { Picture } from './image/picture.ts';
import type { LossParts } from './objective.ts';
import type { Pass } from './pyramid.ts';

/** Where a painting stands. Plain data, but for the two functions that make a picture or a checkpoint on demand. */
export interface Progress {
  /** 1 for the coarsest level. */
  readonly level: number;
  readonly levels: number;
  /** Size of this level, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Evaluations made, over all levels. */
  readonly iteration: number;
  /** Evaluations planned, over all levels; a level that ends early lowers it. */
  readonly iterations: number;
  readonly loss: LossParts;
  /** Milliseconds since this run began. */
  readonly elapsedMs: number;
  /** Estimated milliseconds to the end. */
  readonly remainingMs: number;
  /** Milliseconds of one evaluation in this pass, the mean so far. */
  readonly evaluationMs: number;
  /** The picture so far, finished as the result would be, at this level's size. */
  preview(): Promise<Picture>;
  /** Everything needed to continue from here, bit for bit. */
  checkpoint(): Uint8Array;
}

/** Measures evaluations and predicts the time that the rest takes; time is taken to be in proportion to pixels. */
export class Clock {
  readonly #passes: readonly Pass[];
  readonly #started = performance.now();
  #pass = -1;
  #evaluations = 0;
  #totalMs = 0;

  constructor(passes: readonly Pass[]) {
    this.#passes = passes;
  }

  get elapsedMs(): number {
    return performance.now() - this.#started;
  }

  get evaluationMs(): number {
    return this.#evaluations > 0 ? this.#totalMs / this.#evaluations : 0;
  }

  /** Notes an evaluation of a pass. */
  record(pass: number, milliseconds: number): void {
    if (pass !== this.#pass) {
      this.#pass = pass;
      this.#evaluations = 0;
      this.#totalMs = 0;
    }
    this.#evaluations += 1;
    this.#totalMs += milliseconds;
  }

  /** Milliseconds for the evaluations that remain in this pass and in the later ones. */
  remainingMs(pass: number, passIteration: number): number {
    const here = this.#passes[pass] as Pass;
    return this.#passes.slice(pass).reduce((sum, { width, height, iterations }, index) => {
      const evaluations = index === 0 ? Math.max(0, iterations - passIteration) : iterations;
      return sum + (evaluations * this.evaluationMs * width * height) / (here.width * here.height);
    }, 0);
  }
}
