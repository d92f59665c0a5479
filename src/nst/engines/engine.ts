import type { Columns } from '../graph/nearest.ts';
import type { Picture } from '../image/picture.ts';
import type { Features, Measures, Nearest } from '../losses/loss.ts';
import type { Network, Pooling } from '../network.ts';
import type { Objective } from '../objective.ts';

/** What to measure on a picture. */
export interface FeatureRequest extends Measures {
  readonly pooling: Pooling;
  /** Whether the picture will not be asked for again, so that nothing about it is worth keeping; default false. */
  readonly once?: boolean;
}

/** An objective's value and gradient at a picture. */
export interface TermValues {
  /** The unweighted value of each term, in the order of the objective's terms. */
  readonly values: readonly number[];
  /** Gradient of the weighted sum, planar as the picture: 3 × height × width. */
  readonly gradient: Float32Array;
}

/** An objective made ready for pictures of one size. */
export interface Evaluator {
  /** @param rgb - planar sRGB, 3 × height × width, white is 1. It is not changed. */
  evaluate(rgb: Float32Array): Promise<TermValues>;
  /** Frees what the evaluator holds outside the JavaScript heap. */
  dispose(): Promise<void>;
}

/**
 * Runs a feature network on some device. Sides of pictures must be multiples of the network's stride at the
 * layers asked for, and of a place's side where places are. Calls throw ImpastoError `unknown-layer` for a layer that
 * the network does not have, `engine-failed` or `out-of-memory` when the device fails, `aborted`, and what finding the weights throws.
 */
export interface Engine {
  /** Runtime and device, such as `onnx/cpu`. */
  readonly name: string;
  readonly network: Network;
  features(picture: Picture, request: FeatureRequest, signal?: AbortSignal): Promise<Features>;
  /**
   * For each query the candidate with the largest product with it, in bounded memory.
   *
   * @param queries - as many rows as the candidates.
   */
  nearest(queries: Columns, candidates: Columns, signal?: AbortSignal): Promise<Nearest>;
  compile(objective: Objective, width: number, height: number, signal?: AbortSignal): Promise<Evaluator>;
  /** Frees what the engine holds; its evaluators must be disposed of before. */
  dispose(): Promise<void>;
}
