import type { Optimizer, OptimizerState } from './optimizer.ts';

/** Options of {@link adam}. */
export interface AdamOptions {
  /** Largest change of a value in one step, in units of x, above 0. */
  readonly learningRate: number;
  /**
   * Decay of the running average over iterates, 0 (the newest alone) to below 1. Averaging removes the noise
   * that the last steps leave (Polyak & Juditsky 1992).
   */
  readonly averaging: number;
}

/** The state of {@link adam}: moments of the gradient, the average of the iterates, and the learning rate. */
export interface AdamState extends OptimizerState {
  readonly steps: number;
  readonly learningRate: number;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly average: Float32Array;
}

/** β₁, β₂ and ε of the paper; β₂ = 0.99 forgets the large first gradients sooner than the paper's 0.999. */
const DECAY = { mean: 0.9, variance: 0.99, epsilon: 1e-8 } as const;
/** A loss this many times the last one means that the step went over an edge. */
const DIVERGENCE = 10;
/** Shortened tries before giving up. */
const MAX_TRIALS = 5;

/** Adam (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1). A step that diverges is undone and tried shorter. */
export function adam(options: AdamOptions): Optimizer<AdamState> {
  return {
    start: (x, { loss, gradient }) => ({
      x,
      loss,
      gradient,
      steps: 0,
      learningRate: options.learningRate,
      mean: new Float32Array(x.length),
      variance: new Float32Array(x.length),
      average: new Float32Array(x.length),
    }),
    best: (state) => averaged(state, options.averaging),
    async step(state, evaluate, maxEvaluations) {
      let { learningRate } = state;
      const moved = moments(state);
      for (let trial = 1; trial <= MAX_TRIALS; trial++) {
        const x = moveTo(state.x, moved, learningRate);
        const { loss, gradient } = await evaluate(x);
        if (loss <= DIVERGENCE * state.loss) {
          const average = blended(state.average, x, options.averaging);
          return {
            state: { ...moved, x, loss, gradient, learningRate, average },
            evaluations: trial,
            outcome: 'descended',
          };
        }
        if (trial === maxEvaluations) return { state, evaluations: trial, outcome: 'unfinished' };
        learningRate /= 4;
      }
      return { state, evaluations: MAX_TRIALS, outcome: 'diverged' };
    },
  };
}

type Moments = Pick<AdamState, 'steps' | 'mean' | 'variance'>;

function moments({ steps, gradient, mean, variance }: AdamState): Moments {
  return {
    steps: steps + 1,
    mean: mean.map((m, i) => DECAY.mean * m + (1 - DECAY.mean) * (gradient[i] as number)),
    variance: variance.map(
      (v, i) => DECAY.variance * v + (1 - DECAY.variance) * (gradient[i] as number) ** 2,
    ),
  };
}

function moveTo(x: Float32Array, { steps, mean, variance }: Moments, learningRate: number): Float32Array {
  const meanCorrection = 1 - DECAY.mean ** steps;
  const varianceCorrection = 1 - DECAY.variance ** steps;
  return x.map((value, i) => {
    const m = (mean[i] as number) / meanCorrection;
    const v = (variance[i] as number) / varianceCorrection;
    return value - (learningRate * m) / (Math.sqrt(v) + DECAY.epsilon);
  });
}

function blended(average: Float32Array, x: Float32Array, decay: number): Float32Array {
  return average.map((a, i) => decay * a + (1 - decay) * (x[i] as number));
}

/** The average starts at zero and is corrected for it, as the moments are. */
function averaged({ average, steps, x }: AdamState, decay: number): Float32Array {
  if (steps === 0) return x;
  const correction = 1 - decay ** steps;
  return average.map((a) => a / correction);
}
