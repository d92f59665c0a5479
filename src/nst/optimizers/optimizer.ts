/** A loss and its gradient at a point. */
export interface Evaluation {
  readonly loss: number;
  /** As long as the point. */
  readonly gradient: Float32Array;
}

/** Computes the loss and its gradient; may reject, for instance when the work is cancelled. */
export type Evaluate = (x: Float32Array) => Promise<Evaluation>;

/** What every optimiser knows of where it is. States are values: a step makes a new one and changes none. */
export interface OptimizerState extends Evaluation {
  /** The point, and the loss and gradient there. */
  readonly x: Float32Array;
}

/** The outcome of one step. */
export interface Step<State extends OptimizerState> {
  /** The state after the step; the given state itself when no acceptable point was found. */
  readonly state: State;
  /** Evaluations that the step took. */
  readonly evaluations: number;
  /**
   * `descended`; `unfinished` when the allowed evaluations ran out in mid-search; `stuck` when no step, however
   * short, improves on the state; `diverged` when even shortened steps gave losses that are not finite.
   */
  readonly outcome: 'descended' | 'unfinished' | 'stuck' | 'diverged';
}

/**
 * A method of minimising a function. Pure: everything that a later step depends on is in the state, which is
 * plain data, so that an optimisation stored and resumed takes the same path as one that was not interrupted.
 */
export interface Optimizer<State extends OptimizerState> {
  /** The state at the start, given the evaluation there. */
  start(x: Float32Array, evaluation: Evaluation): State;
  /** Takes one step with at most `maxEvaluations` (1 or more) evaluations. */
  step(state: State, evaluate: Evaluate, maxEvaluations: number): Promise<Step<State>>;
  /** The best picture that the state has to show; the point itself unless iterates are averaged. */
  best(state: State): Float32Array;
}
