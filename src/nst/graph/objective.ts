import type { LayerName } from '../network.ts';
import type { Objective } from '../objective.ts';
import { gradient } from './gradient.ts';
import type { Seen } from './network.ts';
import { add, input, scale } from './operations.ts';
import type { Tensor } from './tensor.ts';

/** What to feed inputs, by their names, with the inputs' shapes. */
export type Feeds = Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>;

/** The terms of an objective as expressions, and what to feed their inputs besides the picture. */
export interface ObjectiveTerms {
  /** The unweighted value of each term, in the order of the objective's terms. */
  readonly values: readonly Tensor[];
  readonly feeds: Feeds;
}

/** The graph of an objective, and what to feed its inputs besides the picture. */
export interface ObjectiveGraph {
  /** `gradient` (as the picture) and `value0`, `value1`, …: the terms' unweighted values. */
  readonly outputs: Record<string, Tensor>;
  readonly feeds: Feeds;
}

/** Expresses an objective and its gradient with respect to the picture. */
export function objectiveGraph(
  objective: Objective,
  picture: Tensor,
  activations: ReadonlyMap<LayerName, Seen>,
): ObjectiveGraph {
  const { values, feeds } = objectiveTerms(objective, picture, activations);
  const outputs = Object.fromEntries(values.map((value, index) => [`value${index}`, value]));
  const weighted = objective.terms.map(({ weight }, index) => scale(values[index] as Tensor, weight));
  return { outputs: { ...outputs, gradient: gradient(weighted.reduce(add), picture) }, feeds };
}

/** Expresses the terms of an objective, without weights and gradient. */
export function objectiveTerms(
  { terms }: Objective,
  picture: Tensor,
  activations: ReadonlyMap<LayerName, Seen>,
): ObjectiveTerms {
  const feeds: Feeds = {};
  const values = terms.map((term, index) =>
    term.value({
      picture,
      seen: (layer) => activations.get(layer) as Seen,
      input: (data, shape) => {
        const name = `input${index}_${Object.keys(feeds).length}`;
        feeds[name] = { data, shape };
        return input(name, shape);
      },
    }),
  );
  return { values, feeds };
}
