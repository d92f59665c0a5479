import type { LayerName } from '../network.ts';
import type { Seen } from './network.ts';
import { averagePool, constant, conv2d, gram, matmul, reshape, upsample } from './operations.ts';
import { elements, type Tensor } from './tensor.ts';

/** Pixels of a side of a place: where a picture is compared with others place by place, it is cut into such squares. */
export const PLACE = 4;

/** R·F: activations as the losses see them, 1×C×h×w. */
export function mapped({ f, map }: Seen): Tensor {
  if (!map) return f;
  const [outputs, inputs] = map.shape as [number, number];
  const kernel = constant(map.data as Float32Array, [outputs, inputs, 1, 1]);
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

/**
 * Activations place by place, C × places, row by row: means over a place's squares where the layer is finer than the
 * places, repeated where it is coarser.
 *
 * @param width - of the picture, in pixels, a multiple of {@link PLACE} as its height is.
 */
export function places({ f, map }: Seen, width: number): Tensor {
  let x = f;
  while (width / (x.shape[3] as number) < PLACE) x = averagePool(x);
  x = mapped({ f: x, ...(map && { map }) });
  while (width / (x.shape[3] as number) > PLACE) x = upsample(x);
  const channels = x.shape[1] as number;
  return reshape(x, [channels, elements(x.shape) / channels]);
}

/** What to measure on a picture, as expressions. */
export interface MeasuredLayers {
  readonly activations: readonly LayerName[];
  readonly grams: readonly LayerName[];
  readonly places: readonly LayerName[];
}

/** Expressions of what is measured, by a name that says what and where. */
export function featureGraph(
  wanted: MeasuredLayers,
  layers: ReadonlyMap<LayerName, Seen>,
  width: number,
): Record<string, Tensor> {
  const seen = (layer: LayerName) => layers.get(layer) as Seen;
  return Object.fromEntries([
    ...wanted.activations.map((layer) => [featureName('activations', layer), mapped(seen(layer))]),
    ...wanted.grams.map((layer) => [featureName('grams', layer), gramMatrix(seen(layer))]),
    ...wanted.places.map((layer) => [featureName('places', layer), places(seen(layer), width)]),
  ]);
}

/** The name under which {@link featureGraph} has something that is measured. */
export function featureName(kind: keyof MeasuredLayers, layer: LayerName): string {
  return `${kind} ${layer}`;
}
