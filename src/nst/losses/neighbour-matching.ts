import type { Columns } from '../graph/nearest.ts';
import {
  apportion,
  beside,
  distancesFromMean,
  evenly,
  pick,
  ranks,
  stack,
  turnIntoDirections,
} from '../matching.ts';
import type { LayerName } from '../network.ts';
import type { Aim, Nearest } from './loss.ts';
import { layerShares, namesOf, type WeightedLayer } from './settings.ts';

/**
 * Places of the paintings that are searched, at most. Beyond it they are thinned out, evenly: memory stays bounded, and
 * the time of the search grows like the picture.
 */
const MOST_CANDIDATES = 8192;

/** How places are matched. */
export interface Matching {
  /** Mean share of the photograph in what is searched for, in [0, 1]; the rest is the picture so far. */
  readonly share: number;
  readonly layers: readonly WeightedLayer[];
  /** Share of each painting in the places, summing to 1. */
  readonly blend: readonly number[];
}

/** The paintings' places, and for each place of the picture the one that it was matched with. */
export interface Matches {
  readonly candidates: ReadonlyMap<LayerName, Columns>;
  readonly indices: Float32Array;
  readonly factors: ReadonlyMap<LayerName, number>;
}

/**
 * Finds for each place the most similar one of the paintings. Similar are those whose features, less the mean of their
 * picture's, point in the same direction.
 */
export async function matchPlaces(aim: Aim, { share, layers, blend }: Matching): Promise<Matches> {
  const names = namesOf(layers);
  const weights = layerShares(layers).map(({ weight }) => Math.sqrt(weight * layers.length));
  const partsOf = (places: ReadonlyMap<LayerName, Columns>) =>
    names.map((layer) => places.get(layer) as Columns);
  const queries = mixed(partsOf(aim.photograph.places), partsOf(aim.result.places), weights, share);

  const used = aim.paintings.flatMap((painting, index) =>
    (blend[index] as number) > 0 ? [{ painting, index }] : [],
  );
  const paintings = used.map(({ painting }) => candidatesOf(painting, names, MOST_CANDIDATES / used.length));
  const directions = turnIntoDirections(queries);
  const nearest: Nearest[] = [];
  for (const painting of paintings)
    nearest.push(await aim.nearest(directions, turnIntoDirections(stack(partsOf(painting), weights))));
  const chosen = apportion(
    nearest.map(({ similarities }) => similarities),
    used.map(({ index }) => blend[index] as number),
  );
  const counts = paintings.map((painting) => (painting.get(names[0] as LayerName) as Columns).count);
  const offsets = counts.map((_, index) => counts.slice(0, index).reduce((a, b) => a + b, 0));
  return {
    candidates: new Map(
      names.map((layer) => [layer, beside(paintings.map((painting) => painting.get(layer) as Columns))]),
    ),
    indices: Float32Array.from(chosen, (painting, place) => {
      const { indices } = nearest[painting] as Nearest;
      return (indices[place] as number) + (offsets[painting] as number);
    }),
    factors: new Map(names.map((layer, index) => [layer, weights[index] as number])),
  };
}

/** The places of a painting that are searched, those of its turned copies among them. */
function candidatesOf(
  { places, turned = [] }: Aim['paintings'][number],
  layers: readonly LayerName[],
  most: number,
): Map<LayerName, Columns> {
  const copies = [places, ...turned.map((each) => each.places)];
  const thinned = (columns: Columns) =>
    columns.count <= most / copies.length
      ? columns
      : pick(columns, evenly(columns.count, Math.floor(most / copies.length)));
  return new Map(
    layers.map((layer) => [layer, beside(copies.map((copy) => thinned(copy.get(layer) as Columns)))]),
  );
}

/**
 * What is searched for: the photograph mixed with the picture so far. The share of the photograph is higher where it has
 * more structure than elsewhere, since a face loses more by a wrong match than a sky.
 */
function mixed(
  photograph: readonly Columns[],
  result: readonly Columns[],
  weights: readonly number[],
  share: number,
): Columns {
  const reach = Math.min(share, 1 - share);
  const shares = ranks(distancesFromMean(photograph, weights)).map((rank) => share + reach * (2 * rank - 1));
  const queries = stack(result, weights);
  let at = 0;
  photograph.forEach(({ count, data }, index) => {
    const weight = weights[index] as number;
    for (let i = 0; i < data.length; i++, at++) {
      const other = queries.data[at] as number;
      queries.data[at] = other + (shares[i % count] as number) * (weight * (data[i] as number) - other);
    }
  });
  return queries;
}
