import type { LayerName } from '../network.ts';
import type { Objective, Term } from '../objective.ts';
import { gradient } from './gradient.ts';
import type { Seen } from './network.ts';
import {
  add,
  constant,
  conv2d,
  gram,
  input,
  matmul,
  meanOfSquares,
  mul,
  reshape,
  scale,
  slice,
  sub,
  sumOfSquares,
} from './operations.ts';
import { elements, type Tensor } from './tensor.ts';

/** What to feed inputs, by their names, with the inputs' shapes. */
export type Feeds = Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>;

/** The terms of an objective as expressions, and what to feed their inputs besides the picture. */
export interface ObjectiveTerms {
  /** The unweighted value of each term, in the order of the objective's terms. */
  readonly values: readonly Tensor[];
  /** Targets and masks. */
  readonly feeds: Feeds;
}

/** The graph of an objective, and what to feed its inputs besides the picture. */
export interface ObjectiveGraph {
  /** `gradient` (as the picture) and `value0`, `value1`, …: the terms' unweighted values. */
  readonly outputs: Record<string, Tensor>;
  /** Weights, targets and masks. */
  readonly feeds: Feeds;
}

/**
 * Expresses an objective and its gradient with respect to the picture. Weights, targets and masks are inputs, not
 * constants: they are large and different each time.
 */
export function objectiveGraph(
  objective: Objective,
  picture: Tensor,
  activations: ReadonlyMap<LayerName, Seen>,
): ObjectiveGraph {
  const { values, feeds } = objectiveTerms(objective, picture, activations);
  const outputs = Object.fromEntries(values.map((value, index) => [`value${index}`, value]));
  const weights = objective.terms.map(({ weight }, index) => [
    `weight${index}`,
    { data: Float32Array.of(weight), shape: [] },
  ]);
  const weighted = values.map((value, index) => mul(value, input(`weight${index}`, [])));
  return {
    outputs: { ...outputs, gradient: gradient(weighted.reduce(add), picture) },
    feeds: { ...feeds, ...Object.fromEntries(weights) },
  };
}

/** Expresses the terms of an objective, without weights and gradient. */
export function objectiveTerms(
  { terms }: Objective,
  picture: Tensor,
  activations: ReadonlyMap<LayerName, Seen>,
): ObjectiveTerms {
  const feeds: Feeds = {};
  const values = terms.map((term, index) =>
    termValue(term, picture, activations, (name, data, shape) => {
      feeds[`${name}${index}`] = { data, shape };
      return input(`${name}${index}`, shape);
    }),
  );
  return { values, feeds };
}

type Feed = (name: string, data: Float32Array, shape: readonly number[]) => Tensor;

function termValue(
  term: Term,
  picture: Tensor,
  activations: ReadonlyMap<LayerName, Seen>,
  feed: Feed,
): Tensor {
  if (term.kind === 'tv') return totalVariation(picture);
  const seen = activations.get(term.layer) as Seen;
  const { f } = seen;
  if (term.kind === 'content') return meanOfSquares(sub(mapped(seen), feed('target', term.target, f.shape)));
  const [, channels, height, width] = f.shape as [number, number, number, number];
  const masked = term.mask ? mul(f, feed('mask', term.mask, [1, 1, height, width])) : f;
  return sumOfSquares(
    sub(gramMatrix({ ...seen, f: masked }), feed('target', term.target, [channels, channels])),
  );
}

/** R·F: activations as the losses see them, 1×C×h×w. */
export function mapped({ f, map }: Seen): Tensor {
  if (!map) return f;
  const [outputs, inputs] = map.shape as [number, number];
  const data = map.data as Float32Array;
  const kernel = constant(data, [outputs, inputs, 1, 1]);
  return conv2d(f, kernel, constant(new Float32Array(outputs), [outputs]));
}

/**
 * F·Fᵀ/(h·w) of activations 1×C×h×w (Gatys et al. 2015, eq. 3, divided by the positions). A map R goes around the
 * product, R·F·Fᵀ·Rᵀ, where it costs next to nothing.
 */
export function gramMatrix({ f, map }: Seen): Tensor {
  const channels = f.shape[1] as number;
  const positions = elements(f.shape) / channels;
  const product = gram(reshape(f, [channels, positions]), 1 / positions);
  return map ? matmul(matmul(map, product), map, { transposeB: true }) : product;
}

/** Mean of the squared differences between each value and its neighbours below and to the right. */
function totalVariation(picture: Tensor): Tensor {
  const differences = [2, 3].map((axis) => {
    const extent = picture.shape[axis] as number;
    return sumOfSquares(sub(slice(picture, axis, 1, extent), slice(picture, axis, 0, extent - 1)));
  });
  const pairs = [2, 3].reduce((sum, axis) => {
    const extent = picture.shape[axis] as number;
    return sum + (elements(picture.shape) / extent) * (extent - 1);
  }, 0);
  return scale(differences.reduce(add), 1 / pairs);
}
