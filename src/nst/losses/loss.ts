import type { Columns } from '../graph/nearest.ts';
import type { Seen } from '../graph/network.ts';
import type { Shape, Tensor } from '../graph/tensor.ts';
import type { Size } from '../image/resize.ts';
import type { LayerName } from '../network.ts';
import type { MethodSetting, MethodValues, SharedSettings } from './settings.ts';

/** What an expression can be made of. */
export interface Scene {
  /** 1×3×H×W; white is 1. */
  readonly picture: Tensor;
  /** The activations of one of the term's layers. */
  seen(layer: LayerName): Seen;
  /** Values that are fed at each evaluation. What stays the same should be a constant: it crosses to the engine once. */
  input(data: Float32Array, shape: Shape): Tensor;
}

/** One summand of the objective: an engine computes its unweighted value; the loss is the sum of weight × value. */
export interface Term<Name extends string = string> {
  /** Name of the loss that it belongs to. */
  readonly loss: Name;
  readonly weight: number;
  /** The layers that it looks at. */
  readonly layers: readonly LayerName[];
  /** Its unweighted value, a scalar. */
  value(scene: Scene): Tensor;
}

/** What to measure on a picture before terms can be made. */
export interface Measures {
  /** Layers whose activations. */
  readonly activations?: readonly LayerName[];
  /** Layers whose Gram matrices. */
  readonly grams?: readonly LayerName[];
  /** Layers whose activations place by place. */
  readonly places?: readonly LayerName[];
}

/** What has been measured on a picture, by layer, through the network's linear maps where it has them. */
export interface Features {
  /** C×h×w. */
  readonly activations: ReadonlyMap<LayerName, Float32Array>;
  /** F·Fᵀ/(h·w), C×C. */
  readonly grams: ReadonlyMap<LayerName, Float32Array>;
  /** C × places, which lie row by row. */
  readonly places: ReadonlyMap<LayerName, Columns>;
}

/** For each query the candidate nearest to it. */
export interface Nearest {
  /** Columns of the candidates, whole numbers. */
  readonly indices: Float32Array;
  /** The products with them. */
  readonly similarities: Float32Array;
}

/** What terms are made of, at the beginning of a pass over a level. */
export interface Aim {
  readonly photograph: Features;
  /** Of each painting; where they are asked for, the places of its copies turned by quarter turns, too. */
  readonly paintings: readonly (Features & { readonly turned?: readonly Pick<Features, 'places'>[] })[];
  /** The picture that the pass begins with; where a loss measures something on it. */
  readonly result: Features;
  /** Size of the canvas that is painted on, in pixels. */
  readonly canvas: Size;
  /** Whether this is the last level, and what goes where is known from a coarser one or from the picture it begins with. */
  readonly finest: boolean;
  /** The mask where one pixel in so many counts, (h/stride) × (w/stride), in [0, 1]; missing where all is painted. */
  readonly mask?: (stride: number) => Float32Array;
  /** How many pixels a layer's positions are apart. */
  stride(layer: LayerName): number;
  /** For each column of the queries the column of the candidates with the largest product. */
  nearest(queries: Columns, candidates: Columns): Promise<Nearest>;
}

/** Settings of a loss' own, by name. */
export type OwnSettings = Readonly<Record<string, MethodSetting>>;

/**
 * A member of the family: one thing that a picture can be asked to have. A file of this folder has all of it, and
 * `losses.ts` lists them.
 */
export interface Loss<Name extends string = string, Own extends OwnSettings = OwnSettings> {
  /** Its name in reports. */
  readonly name: Name;
  /** What it is called where there is room for words. */
  readonly label: string;
  /** The settings that are its own, its weight among them. */
  readonly settings: Own;
  /** What has to be measured before its terms can be made; called where it has a weight. */
  readonly measures?: (settings: SharedSettings & MethodValues<Own>) => {
    readonly photograph?: Measures;
    readonly paintings?: Measures;
    readonly result?: Measures;
  };
  /** Its terms; none, or some of weight 0, where it has no weight. */
  readonly terms: (
    settings: SharedSettings & MethodValues<Own>,
    aim: Aim,
  ) => readonly Term<Name>[] | Promise<readonly Term<Name>[]>;
}

/** Infers the type of a loss from its description. */
export function defineLoss<const Name extends string, Own extends OwnSettings>(
  loss: Loss<Name, Own>,
): Loss<Name, Own> {
  return loss;
}
