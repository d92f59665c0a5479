import { stopIfAborted } from './abort.ts';
import { decodeCheckpoint, encodeCheckpoint, fingerprint, type Position } from './checkpoint.ts';
import type { Engine, Evaluator } from './engines/engine.ts';
import { ImpastoError } from './errors.ts';
import { finish } from './finish.ts';
import { crop, type Padded } from './image/pad.ts';
import type { Picture } from './image/picture.ts';
import type { Size } from './image/resize.ts';
import { aimOf, type Canvas, canvasOf, prepareSources, type Sources } from './level.ts';
import { buildObjective, type LossParts, type Objective, weigh } from './objective.ts';
import { adam } from './optimizers/adam.ts';
import { lbfgs } from './optimizers/lbfgs.ts';
import type { Evaluate, Optimizer, OptimizerState } from './optimizers/optimizer.ts';
import { Clock, type Progress } from './progress.ts';
import { type Pass, planPasses } from './pyramid.ts';
import { parseSettings, type StylizeOptions, type StylizeSettings } from './settings.ts';
import { startOf } from './start.ts';

/** How to run a painting. */
export interface StylizeRun {
  readonly engine: Engine;
  /** Stops the work within one evaluation; the promise rejects with ImpastoError `aborted`. */
  readonly signal?: AbortSignal;
  /** Called after every step of the optimiser. The next step waits for a promise that it returns. */
  readonly onProgress?: (progress: Progress) => void | Promise<void>;
  /** A checkpoint of the same pictures and settings to continue from. */
  readonly resume?: Uint8Array;
}

/** A finished painting. */
export interface StylizeResult {
  readonly picture: Picture;
  readonly settings: StylizeSettings;
  /** Name of the network that it was painted with. */
  readonly network: string;
  readonly loss: LossParts;
  /** Evaluations made. */
  readonly iterations: number;
  readonly elapsedMs: number;
  /** What the requester should know, such as an optimisation that had to end early. */
  readonly warnings: readonly string[];
}

/** Steps over which an early end is judged. */
const TOLERANCE_WINDOW = 10;
/** Mean absolute change of L-BFGS's first step, where white is 1. */
const FIRST_STEP = 0.03;

/**
 * Repaints a photograph in the style of paintings: finds the picture whose network activations resemble the photograph's
 * and whose Gram matrices resemble the paintings' (Gatys et al. 2015, arXiv:1508.06576), or whose places resemble places
 * of the paintings (Kolkin et al. 2022, arXiv:2203.13215), or both, from a coarse level to the final size.
 *
 * @throws ImpastoError `bad-setting`, `unknown-layer`, `bad-checkpoint`, `aborted`, and what the engine throws.
 */
export async function stylize(
  input: Sources,
  options: StylizeOptions,
  run: StylizeRun,
): Promise<StylizeResult> {
  const settings = parseSettings(options, input.styles.length);
  return new Painting(input, settings, run).paint();
}

class Painting {
  readonly #input: Sources;
  readonly #sources: Sources;
  readonly #settings: StylizeSettings;
  readonly #run: StylizeRun;
  readonly #passes: readonly Pass[];
  readonly #clock: Clock;
  readonly #optimizer: Optimizer<OptimizerState>;
  readonly #fingerprint: string;
  readonly #warnings = new Set<string>();

  constructor(input: Sources, settings: StylizeSettings, run: StylizeRun) {
    this.#input = input;
    this.#settings = settings;
    this.#run = run;
    this.#sources = prepareSources(input, settings);
    this.#passes = planPasses(input.content, settings);
    this.#clock = new Clock(this.#passes);
    this.#optimizer = optimizerFor(settings);
    this.#fingerprint = fingerprint(input, settings, run.engine.network.name);
    if (settings.init !== 'picture' || input.init) return;
    throw new ImpastoError('bad-setting', 'There is no picture to start from.', {
      advice: 'Give a start picture, or start from “content” or “noise”.',
    });
  }

  async paint(): Promise<StylizeResult> {
    const resumed = this.#run.resume && decodeCheckpoint(this.#run.resume, this.#fingerprint);
    let position = resumed;
    let picture: Picture | undefined;
    for (let index = resumed?.pass ?? 0; index < this.#passes.length; index++) {
      ({ position, picture } = await this.#paintPass(index, position, picture));
    }
    const { loss, iteration } = position as Position;
    return {
      picture: finish(picture as Picture, this.#input, this.#settings),
      settings: this.#settings,
      network: this.#run.engine.network.name,
      loss,
      iterations: iteration,
      elapsedMs: this.#clock.elapsedMs,
      warnings: [...this.#warnings],
    };
  }

  async #paintPass(
    index: number,
    before: Position | undefined,
    painted: Picture | undefined,
  ): Promise<{ position: Position; picture: Picture }> {
    const { engine, signal } = this.#run;
    const pass = this.#passes[index] as Pass;
    const resumed = before?.pass === index ? before : undefined;
    const canvas = canvasOf(engine, this.#sources, this.#settings, pass);
    const { photograph } = canvas;
    const start = resumed?.start ?? startOf(canvas, pass, this.#sources, this.#settings, painted);
    const objective = await this.#objective(canvas, pass, start);
    const evaluator = await engine.compile(objective, photograph.width, photograph.height, signal);
    try {
      let parts: LossParts = { total: 0, parts: {} };
      const evaluate: Evaluate = async (x) => {
        const evaluation = await this.#evaluate(index, evaluator, objective, x);
        parts = evaluation.parts;
        return { loss: parts.total, gradient: evaluation.gradient };
      };
      let position = resumed;
      if (!position) {
        const iteration = (before?.iteration ?? 0) + 1;
        const state = this.#optimizer.start(start, await evaluate(start));
        position = {
          pass: index,
          passIteration: 1,
          iteration,
          start,
          loss: parts,
          losses: [state.loss],
          state,
        };
      }
      await this.#report(index, photograph, position);
      while (position.passIteration < pass.iterations && !this.#settled(position)) {
        const step = await this.#optimizer.step(
          position.state,
          evaluate,
          pass.iterations - position.passIteration,
        );
        position = {
          pass: index,
          passIteration: position.passIteration + step.evaluations,
          iteration: position.iteration + step.evaluations,
          start,
          loss: step.outcome === 'descended' ? parts : position.loss,
          losses: [...position.losses, step.state.loss].slice(-TOLERANCE_WINDOW - 1),
          state: step.state,
        };
        await this.#report(index, photograph, position);
        if (step.outcome === 'diverged') this.#warnings.add(divergence(pass));
        if (step.outcome !== 'descended') break;
      }
      return { position, picture: this.#crop(photograph, pass, position.state) };
    } finally {
      // What a lost device still holds cannot always be freed; what ended the painting is worth more than that.
      await evaluator.dispose().catch(() => {});
    }
  }

  /** What was measured for it is large, and done with once the objective is made. */
  async #objective(canvas: Canvas, pass: Pass, start: Float32Array): Promise<Objective> {
    const { engine, signal } = this.#run;
    const aim = await aimOf(engine, this.#sources, this.#settings, canvas, { pass, start }, signal);
    return buildObjective(this.#settings, aim);
  }

  async #evaluate(index: number, evaluator: Evaluator, objective: Objective, x: Float32Array) {
    stopIfAborted(this.#run.signal);
    const started = performance.now();
    const { values, gradient } = await evaluator.evaluate(x);
    this.#clock.record(index, performance.now() - started);
    return { parts: weigh(objective, values), gradient };
  }

  async #report(index: number, canvas: Padded, position: Position): Promise<void> {
    if (!this.#run.onProgress) return;
    const { level, levels, width, height } = this.#passes[index] as Pass;
    const { elapsedMs, evaluationMs } = this.#clock;
    await this.#run.onProgress({
      level,
      levels,
      width,
      height,
      iteration: position.iteration,
      iterations: position.iteration + this.#remaining(index, position),
      loss: position.loss,
      elapsedMs,
      evaluationMs,
      remainingMs: this.#clock.remainingMs(index, position.passIteration),
      preview: async () =>
        finish(this.#crop(canvas, { width, height }, position.state), this.#input, this.#settings),
      checkpoint: () => encodeCheckpoint(position, this.#fingerprint),
    });
  }

  #remaining(index: number, { passIteration }: Position): number {
    const [here, ...later] = this.#passes.slice(index) as [Pass, ...Pass[]];
    return later.reduce((sum, { iterations }) => sum + iterations, here.iterations - passIteration);
  }

  #settled({ losses }: Position): boolean {
    const [oldest, newest] = [losses.at(-1 - TOLERANCE_WINDOW), losses.at(-1)];
    const { tolerance } = this.#settings;
    if (tolerance === 0 || oldest === undefined || newest === undefined) return false;
    return (oldest - newest) / oldest < tolerance;
  }

  #crop(canvas: Padded, level: Size, state: OptimizerState): Picture {
    const { left, top, width, height } = canvas;
    const planes = this.#optimizer.best(state);
    const { width: w, height: h } = level;
    return { width: w, height: h, rgb: crop(planes, width, height, 3, { left, top, width: w, height: h }) };
  }
}

function optimizerFor(settings: StylizeSettings): Optimizer<OptimizerState> {
  const { optimizer, history, learningRate, averaging } = settings;
  const chosen =
    optimizer === 'lbfgs' ? lbfgs({ history, firstStep: FIRST_STEP }) : adam({ learningRate, averaging });
  return chosen as unknown as Optimizer<OptimizerState>;
}

function divergence({ width, height }: Size): string {
  return `The optimisation diverged at ${width}×${height}; this is the best picture until then. Lower the weights.`;
}
