import { featureName, type MeasuredLayers } from '../graph/features.ts';
import type { Columns } from '../graph/nearest.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Features, Measures, Nearest } from '../losses/loss.ts';
import type { LayerName } from '../network.ts';

/** What is to be measured, and the layers that it takes. */
export function wantedLayers({ activations = [], grams = [], places = [] }: Measures): MeasuredLayers & {
  readonly all: readonly LayerName[];
} {
  return { activations, grams, places, all: [...activations, ...grams, ...places] };
}

/** What was measured, from the values of what a feature graph results in. */
export function collectFeatures(
  wanted: MeasuredLayers,
  outputs: Readonly<Record<string, Tensor>>,
  value: (name: string) => Float32Array,
): Features {
  const collect = (kind: keyof MeasuredLayers) =>
    new Map(wanted[kind].map((layer) => [layer, value(featureName(kind, layer))]));
  const places = wanted.places.map((layer): [LayerName, Columns] => {
    const name = featureName('places', layer);
    const [dimensions, count] = (outputs[name] as Tensor).shape as [number, number];
    return [layer, { dimensions, count, data: value(name) }];
  });
  return { activations: collect('activations'), grams: collect('grams'), places: new Map(places) };
}

/** Queries that are compared with all candidates at a time. */
export const NEAREST_ROWS = 1024;

/**
 * Searches block by block, so that memory does not grow with the picture.
 *
 * @param rows - queries of a block; the last is filled up with queries that it shares with the one before.
 */
export async function nearestInBlocks(
  { dimensions, count, data }: Columns,
  rows: number,
  search: (block: Float32Array) => Promise<Nearest>,
): Promise<Nearest> {
  const indices = new Float32Array(count);
  const similarities = new Float32Array(count);
  for (let from = 0; from < count; from += rows) {
    const first = Math.min(from, count - rows);
    const block = new Float32Array(dimensions * rows);
    for (let d = 0; d < dimensions; d++)
      block.set(data.subarray(d * count + first, d * count + first + rows), d * rows);
    const found = await search(block);
    indices.set(found.indices, first);
    similarities.set(found.similarities, first);
  }
  return { indices, similarities };
}
