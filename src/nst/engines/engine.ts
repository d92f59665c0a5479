import type { Picture } from '../image/picture.ts';
import type { LayerName, Network } from '../network.ts';
import type { Objective, Pooling } from '../objective.ts';

/** What to measure on a picture. */
export interface FeatureRequest {
  readonly pooling: Pooling;
  /** Layers whose activations to return. */
  readonly activations?: readonly LayerName[];
  /** Layers whose Gram matrices to return. */
  readonly grams?: readonly LayerName[];
}

/** What an engine measured on a picture. */
export interface Features {
  /** C×h×w, by layer, through the network's linear maps where it has them. */
  readonly activations: ReadonlyMap<LayerName, Float32Array>;
  /** F·Fᵀ/(h·w) of the same, C×C, by layer. */
  readonly grams: ReadonlyMap<LayerName, Float32Array>;
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
 * layers asked for. Calls throw ImpastoError `unknown-layer` for a layer that the network does not have,
 * `engine-failed` or `out-of-memory` when the device fails, `aborted`, and what finding the weights throws.
 */
export interface Engine {
  /** Runtime and device, such as `onnx/cpu`. */
  readonly name: string;
  readonly network: Network;
  features(picture: Picture, request: FeatureRequest, signal?: AbortSignal): Promise<Features>;
  compile(objective: Objective, width: number, height: number, signal?: AbortSignal): Promise<Evaluator>;
  /** Frees what the engine holds; its evaluators must be disposed of before. */
  dispose(): Promise<void>;
}
