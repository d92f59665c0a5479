import { z } from 'zod';
import { PLACE, places } from '../graph/features.ts';
import type { Columns } from '../graph/nearest.ts';
import {
  add,
  columnDots,
  columnSquares,
  constant,
  gatherColumns,
  inverseRoot,
  matmul,
  mul,
  reshape,
  scale,
  sub,
} from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { LayerName } from '../network.ts';
import { defineLoss, type Term } from './loss.ts';
import { matchPlaces } from './neighbour-matching.ts';
import { byMethod, type Method, namesOf, weight } from './settings.ts';

/** Weight of the difference in length beside that in direction. */
const LENGTH = 0.1;
/** Squared length of a place without features, so that its direction is not 0/0. */
const TINY = 1e-6;
/** Length under which a candidate counts as one without features, which nothing can be asked to resemble. */
const FEATURELESS = 1e-3;

/**
 * Part of the weight at the finest level. What goes where is settled by then; what is left to do is the paint itself, and
 * the statistics have strokes of one piece where places that are matched one by one leave grain.
 */
const AT_FINEST: Readonly<Record<Method, number>> = { gatys: 0, neighbour: 1, mix: 0.2 };

/** What the places of a picture are to be like. */
export interface NeighbourTarget {
  /** Features of the paintings' places, by layer; the layers are compared together, as one vector. */
  readonly candidates: ReadonlyMap<LayerName, Columns>;
  /** For each place of the picture, row by row, the candidate that it is to be like: whole numbers. */
  readonly indices: Float32Array;
  /** How much each place counts; all alike by default. */
  readonly importance?: Float32Array;
  /** By what each layer's features are multiplied; 1 by default. */
  readonly factors?: ReadonlyMap<LayerName, number>;
}

/**
 * Mean over the places of 1 − cos(h, t) + 0.1 · ‖h − t‖²/‖t‖²: h are a place's features, layers stacked, t those of the
 * painting's place that it was matched with (Kolkin et al. 2022, “Neural Neighbor Style Transfer”, arXiv:2203.13215,
 * section 3; the second part is ours). A candidate without features asks for nothing.
 *
 * The stack is never made: products and squares are added up layer by layer.
 */
export function neighbourTerm(
  { candidates, indices, importance, factors }: NeighbourTarget,
  weight: number,
): Term<'neighbour'> {
  const count = indices.length;
  const square = (layer: LayerName) => (factors?.get(layer) ?? 1) ** 2;
  const lengths = stackedLengths(candidates, square);
  const inverse = Float32Array.from(indices, (at) => 1 / Math.max(lengths[at] as number, FEATURELESS));
  const counting = Float32Array.from(indices, (at, place) =>
    (lengths[at] as number) > FEATURELESS ? (importance?.[place] ?? 1) : 0,
  );
  const total = counting.reduce((a, b) => a + b, 0) || 1;
  return {
    loss: 'neighbour',
    weight,
    layers: [...candidates.keys()],
    value({ picture, seen, input }) {
      const at = input(indices, [count]);
      const width = picture.shape[3] as number;
      const row = (values: Float32Array) => constant(values, [1, count]);
      const all = (value: number) => row(new Float32Array(count).fill(value));
      const byLayer = [...candidates].map(([layer, { dimensions, count: available, data }]) => {
        const h = places(seen(layer), width);
        const t = gatherColumns(constant(data, [dimensions, available]), at);
        return {
          product: scale(columnDots(h, t), square(layer)),
          squares: scale(columnSquares(h), square(layer)),
        };
      });
      const sum = (of: (each: (typeof byLayer)[number]) => Tensor) => byLayer.map(of).reduce(add);
      // h·t/‖t‖ and ‖h‖²; with them ‖h − t‖²/‖t‖² is ‖h‖²/‖t‖² − 2 h·t/‖t‖² + 1.
      const along = mul(
        sum(({ product }) => product),
        row(inverse),
      );
      const squares = sum((each) => each.squares);
      const cosine = mul(along, inverseRoot(add(squares, all(TINY))));
      const excess = sub(mul(squares, row(inverse.map((x) => x * x))), scale(mul(along, row(inverse)), 2));
      const distance = add(sub(scale(excess, LENGTH), cosine), all(1 + LENGTH));
      const shares = constant(
        counting.map((value) => value / total),
        [count, 1],
      );
      return reshape(matmul(distance, shares), []);
    },
  };
}

/** The length of each candidate, its layers stacked. */
function stackedLengths(
  candidates: NeighbourTarget['candidates'],
  factor: (layer: LayerName) => number,
): Float64Array {
  let sums = new Float64Array();
  for (const [layer, { dimensions, count, data }] of candidates) {
    if (sums.length === 0) sums = new Float64Array(count);
    for (let d = 0; d < dimensions; d++)
      for (let i = 0; i < count; i++)
        sums[i] = (sums[i] as number) + factor(layer) * (data[d * count + i] as number) ** 2;
  }
  return sums.map(Math.sqrt);
}

/** The place of a painting that is nearest to each place of the picture. */
export const neighbour = defineLoss({
  name: 'neighbour',
  label: 'neighbours',
  settings: {
    neighbourWeight: byMethod(weight.describe('weight of the nearest places of the painting'), {
      gatys: undefined,
      neighbour: 120,
      mix: 120,
    }),
    photographShare: byMethod(
      z
        .number()
        .min(0)
        .max(1)
        .describe('share of the photograph in what places are matched by; the rest is the picture so far'),
      { gatys: undefined, neighbour: 0.6, mix: 0.25 },
    ),
  },
  measures({ styleLayers, neighbourWeight }) {
    if (!neighbourWeight) return {};
    const wanted = { places: namesOf(styleLayers) };
    return { photograph: wanted, paintings: wanted, result: wanted };
  },
  async terms({ method, neighbourWeight = 0, photographShare = 1, strength, styleLayers, styleBlend }, aim) {
    if (neighbourWeight === 0) return [];
    const counted = neighbourWeight * (aim.finest ? AT_FINEST[method] : 1);
    const share = shareAt(strength, photographShare);
    const matches = await matchPlaces(aim, { share, layers: styleLayers, blend: styleBlend });
    const importance = aim.mask?.(PLACE);
    return [neighbourTerm({ ...matches, ...(importance && { importance }) }, counted)];
  },
});

/** More of the picture so far where more of the painting is wanted, up to nothing of the photograph. */
function shareAt(strength: number, share: number): number {
  return strength > 0 ? share * (1 - strength / 3) : share + (1 - share) * (-strength / 3);
}
