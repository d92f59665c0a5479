import { z } from 'zod';
import type { LayerName } from '../network.ts';

/** What a painting aims at: the statistics of the painting's features, its places one by one, or both. */
export const METHODS = ['gatys', 'neighbour', 'mix'] as const;
export type Method = (typeof METHODS)[number];

/** A layer that a loss looks at, and its share among the layers of that loss. */
export interface WeightedLayer {
  readonly layer: LayerName;
  readonly weight: number;
}

/** The settings that several losses look at. */
export interface SharedSettings {
  readonly method: Method;
  /** −3 to 3; above 0 more of the painting, below more of the photograph. */
  readonly strength: number;
  readonly normalization: 'energy' | 'gatys';
  readonly contentLayers: readonly WeightedLayer[];
  readonly styleLayers: readonly WeightedLayer[];
  /** Share of each painting, summing to 1. */
  readonly styleBlend: readonly number[];
}

/** A setting whose default depends on the method, and that means nothing where it has none. */
export interface MethodSetting<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  readonly defaults: Readonly<Record<Method, z.output<Schema> | undefined>>;
}

/** Describes a setting by its default under each method; it is refused where there is none. */
export function byMethod<Schema extends z.ZodType>(
  schema: Schema,
  defaults: MethodSetting<Schema>['defaults'],
): MethodSetting<Schema> {
  return { schema, defaults };
}

/** What becomes of settings that depend on the method: their values, undefined where they mean nothing. */
export type MethodValues<Settings extends Readonly<Record<string, MethodSetting>>> = {
  readonly [Name in keyof Settings]: z.output<Settings[Name]['schema']> | undefined;
};

/** A weight of a loss, or of a layer or painting in it. */
export const weight = z.number().min(0).max(1e12);

/** Layer weights scaled to sum to 1, or as they are, for the paper's sums. */
export function layerShares(layers: readonly WeightedLayer[], raw = false): readonly WeightedLayer[] {
  const sum = raw ? 1 : layers.reduce((total, { weight }) => total + weight, 0) || 1;
  return layers.map(({ layer, weight }) => ({ layer, weight: weight / sum }));
}

/** The names of weighted layers. */
export function namesOf(layers: readonly WeightedLayer[]): LayerName[] {
  return layers.map(({ layer }) => layer);
}
