import { absoluteSum, addScaled, combined, dot, scaleInPlace } from '../vector.ts';
import type { Evaluate, Optimizer, OptimizerState, Step } from './optimizer.ts';

/** Options of {@link lbfgs}. */
export interface LbfgsOptions {
  /** Curvature pairs kept, 1 or more. Each costs two vectors of memory. */
  readonly history: number;
  /** Mean absolute change of the first step, in units of x: the gradient alone says nothing about its length. */
  readonly firstStep: number;
}

/** How x and the gradient changed in an earlier step. */
export interface CurvaturePair {
  readonly dx: Float32Array;
  readonly dg: Float32Array;
}

/** The state of {@link lbfgs}: the point and the curvature pairs, oldest first. */
export interface LbfgsState extends OptimizerState {
  readonly pairs: readonly CurvaturePair[];
}

/** Share of the decrease promised by the gradient that a step must deliver (Nocedal & Wright, eq. 3.4). */
const SUFFICIENT_DECREASE = 1e-4;
/** A pair whose curvature is not clearly positive would make the direction point uphill. */
const MIN_CURVATURE = 1e-10;
/** Halvings of a step before it counts as a failure; 2⁻²⁰ of a step is below float32's resolution of a pixel. */
const MAX_TRIALS = 20;

/**
 * Limited-memory BFGS (Nocedal & Wright, Numerical Optimization, 2nd ed., algorithm 7.5) with a backtracking
 * line search. A line search that accepts the first sufficient decrease takes one evaluation in most steps;
 * pairs without positive curvature are left out in place of the Wolfe conditions.
 */
export function lbfgs(options: LbfgsOptions): Optimizer<LbfgsState> {
  return {
    start: (x, { loss, gradient }) => ({ x, loss, gradient, pairs: [] }),
    best: ({ x }) => x,
    async step(state, evaluate, maxEvaluations) {
      const first = await search(state, evaluate, maxEvaluations, options);
      const remaining = maxEvaluations - first.evaluations;
      if (first.outcome === 'descended' || state.pairs.length === 0) return first;
      if (remaining < 1) return { ...first, outcome: 'unfinished' };
      // Old curvature can mislead; steepest descent from here is the last resort.
      const second = await search({ ...state, pairs: [] }, evaluate, remaining, options);
      return {
        ...second,
        state: second.outcome === 'descended' ? second.state : state,
        evaluations: first.evaluations + second.evaluations,
      };
    },
  };
}

async function search(
  state: LbfgsState,
  evaluate: Evaluate,
  maxEvaluations: number,
  { history, firstStep }: LbfgsOptions,
): Promise<Step<LbfgsState>> {
  const { x, loss, gradient, pairs } = state;
  const d = direction(gradient, pairs);
  const slope = dot(d, gradient);
  if (!(slope < 0)) return { state, evaluations: 0, outcome: 'stuck' };
  let length = pairs.length > 0 ? 1 : (firstStep * d.length) / absoluteSum(d);
  let outcome: 'stuck' | 'diverged' = 'stuck';
  for (let trial = 1; trial <= MAX_TRIALS; trial++) {
    const candidate = combined(x, length, d);
    const evaluation = await evaluate(candidate);
    if (evaluation.loss <= loss + SUFFICIENT_DECREASE * length * slope) {
      const next = {
        x: candidate,
        ...evaluation,
        pairs: remembered(state, candidate, evaluation.gradient, history),
      };
      return { state: next, evaluations: trial, outcome: 'descended' };
    }
    if (!Number.isFinite(evaluation.loss)) outcome = 'diverged';
    if (trial === maxEvaluations) return { state, evaluations: trial, outcome: 'unfinished' };
    length *= shortening(length, loss, slope, evaluation.loss);
  }
  return { state, evaluations: MAX_TRIALS, outcome };
}

/** −H·g, where H is the inverse Hessian implied by the pairs: the two-loop recursion. */
function direction(gradient: Float32Array, pairs: readonly CurvaturePair[]): Float32Array {
  const d = gradient.slice();
  const curvatures = pairs.map(({ dx, dg }) => dot(dx, dg));
  const shares = new Array<number>(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { dx, dg } = pairs[i] as CurvaturePair;
    const share = dot(dx, d) / (curvatures[i] as number);
    shares[i] = share;
    addScaled(d, -share, dg);
  }
  const newest = pairs.at(-1);
  if (newest) scaleInPlace(d, (curvatures.at(-1) as number) / dot(newest.dg, newest.dg));
  for (let i = 0; i < pairs.length; i++) {
    const { dx, dg } = pairs[i] as CurvaturePair;
    addScaled(d, (shares[i] as number) - dot(dg, d) / (curvatures[i] as number), dx);
  }
  scaleInPlace(d, -1);
  return d;
}

function remembered(
  { x, gradient, pairs }: LbfgsState,
  newX: Float32Array,
  newGradient: Float32Array,
  history: number,
): readonly CurvaturePair[] {
  const pair = { dx: combined(newX, -1, x), dg: combined(newGradient, -1, gradient) };
  if (dot(pair.dx, pair.dg) <= MIN_CURVATURE * dot(pair.dg, pair.dg)) return pairs;
  return [...pairs, pair].slice(-history);
}

/** The factor for the next trial: the minimum of the parabola through what is known, within safe bounds. */
function shortening(length: number, loss: number, slope: number, trialLoss: number): number {
  if (!Number.isFinite(trialLoss)) return 0.1;
  const minimum = (-slope * length) / (2 * (trialLoss - loss - slope * length));
  return Math.min(0.5, Math.max(0.1, minimum));
}
