import type { ConvWeights, Layer, LayerName, Pooling } from '../../src/nst/network.ts';
import type { PlainTerm } from './terms.ts';

/**
 * The whole objective in double precision, written from the papers with no code of the program's: layers one by
 * one, forwards and backwards. Weights are HWIO in blue, green, red, as published.
 */
export function referenceObjective(
  layers: readonly Layer[],
  weights: ReadonlyMap<string, ConvWeights>,
  mean: readonly number[],
  { pooling, terms }: { readonly pooling: Pooling; readonly terms: readonly PlainTerm[] },
  rgb: ArrayLike<number>,
  width: number,
  height: number,
): { values: number[]; gradient: Float64Array } {
  const bgr = new Float64Array(3 * width * height);
  const area = width * height;
  for (let channel = 0; channel < 3; channel++)
    for (let i = 0; i < area; i++)
      bgr[(2 - channel) * area + i] = (rgb[channel * area + i] as number) * 255 - (mean[channel] as number);

  const maps: FeatureMap[] = [{ data: bgr, channels: 3, width, height }];
  for (const layer of layers) maps.push(forward(layer, maps.at(-1) as FeatureMap, weights, pooling));

  const adjoints = maps.map(({ data }) => new Float64Array(data.length));
  const at = (layer: LayerName): Seen => {
    const index = 1 + layers.findIndex(({ name }) => name === layer);
    return { map: maps[index] as FeatureMap, adjoint: adjoints[index] as Float64Array };
  };
  const values = terms.map((term) => {
    if (term.loss === 'content') return contentTerm(at(term.layer), term.target, term.weight);
    if (term.loss === 'gram') return gramTerm(at(term.layer), term.target, term.mask, term.weight);
    return term.loss === 'neighbour' ? neighbourTerm(term, at, width, height) : 0;
  });
  for (let index = layers.length - 1; index >= 0; index--) {
    backward(
      layers[index] as Layer,
      maps[index] as FeatureMap,
      maps[index + 1] as FeatureMap,
      adjoints[index + 1] as Float64Array,
      adjoints[index] as Float64Array,
      weights,
      pooling,
    );
  }
  const gradient = new Float64Array(3 * area);
  for (let channel = 0; channel < 3; channel++)
    for (let i = 0; i < area; i++)
      gradient[channel * area + i] = 255 * (adjoints[0]?.[(2 - channel) * area + i] as number);
  terms.forEach(({ loss, weight }, index) => {
    if (loss === 'tv') values[index] = tvTerm(rgb, width, height, weight, gradient);
    if (loss === 'gamut') values[index] = gamutTerm(rgb, weight, gradient);
  });
  return { values, gradient };
}

interface FeatureMap {
  readonly data: Float64Array;
  readonly channels: number;
  readonly width: number;
  readonly height: number;
}

/** What a term sees of a layer, and where it adds its gradient. */
interface Seen {
  readonly map: FeatureMap;
  readonly adjoint: Float64Array;
}

/** Calls back for each product of a 3×3 convolution with zero padding: output, input and kernel index. */
function eachProduct(
  { channels, width, height }: FeatureMap,
  outputs: number,
  visit: (output: number, input: number, kernel: number) => void,
): void {
  for (let o = 0; o < outputs; o++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let ky = 0; ky < 3; ky++)
          for (let kx = 0; kx < 3; kx++) {
            const [sy, sx] = [y + ky - 1, x + kx - 1];
            if (sy < 0 || sx < 0 || sy >= height || sx >= width) continue;
            for (let i = 0; i < channels; i++)
              visit(
                (o * height + y) * width + x,
                (i * height + sy) * width + sx,
                ((ky * 3 + kx) * channels + i) * outputs + o,
              );
          }
}

function forward(
  layer: Layer,
  map: FeatureMap,
  weights: ReadonlyMap<string, ConvWeights>,
  pooling: 'average' | 'max',
): FeatureMap {
  if (layer.kind === 'relu') return { ...map, data: map.data.map((value) => Math.max(0, value)) };
  const { width, height } = map;
  if (layer.kind === 'conv') {
    const { kernel, bias } = weights.get(layer.name) as ConvWeights;
    const area = width * height;
    const data = Float64Array.from(
      { length: layer.outputs * area },
      (_, i) => bias[Math.floor(i / area)] as number,
    );
    eachProduct(map, layer.outputs, (output, input, k) => {
      data[output] = (data[output] as number) + (kernel[k] as number) * (map.data[input] as number);
    });
    return { data, channels: layer.outputs, width, height };
  }
  const data = new Float64Array(map.data.length / 4);
  eachWindow(map, (output, inputs) => {
    const values = inputs.map((index) => map.data[index] as number);
    data[output] = pooling === 'max' ? Math.max(...values) : values.reduce((a, b) => a + b) / 4;
  });
  return { data, channels: map.channels, width: width / 2, height: height / 2 };
}

function eachWindow(
  { channels, width, height }: FeatureMap,
  visit: (output: number, inputs: number[]) => void,
): void {
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height / 2; y++)
      for (let x = 0; x < width / 2; x++) {
        const first = (c * height + 2 * y) * width + 2 * x;
        visit((c * (height / 2) + y) * (width / 2) + x, [first, first + 1, first + width, first + width + 1]);
      }
}

function backward(
  layer: Layer,
  input: FeatureMap,
  output: FeatureMap,
  from: Float64Array,
  to: Float64Array,
  weights: ReadonlyMap<string, ConvWeights>,
  pooling: 'average' | 'max',
): void {
  const add = (index: number, value: number) => {
    to[index] = (to[index] as number) + value;
  };
  if (layer.kind === 'relu') {
    from.forEach((value, i) => {
      if ((input.data[i] as number) > 0) add(i, value);
    });
  } else if (layer.kind === 'conv') {
    const { kernel } = weights.get(layer.name) as ConvWeights;
    eachProduct(input, layer.outputs, (o, i, k) => add(i, (kernel[k] as number) * (from[o] as number)));
  } else {
    eachWindow(input, (o, inputs) => {
      if (pooling === 'average') for (const i of inputs) add(i, (from[o] as number) / 4);
      else {
        const largest = inputs.filter((i) => input.data[i] === output.data[o]);
        for (const i of largest) add(i, (from[o] as number) / largest.length);
      }
    });
  }
}

function contentTerm({ map, adjoint }: Seen, target: Float32Array, weight: number): number {
  const { data } = map;
  let sum = 0;
  data.forEach((value, i) => {
    const difference = value - (target[i] as number);
    sum += difference ** 2;
    adjoint[i] = (adjoint[i] as number) + (2 * weight * difference) / data.length;
  });
  return sum / data.length;
}

function gramTerm(
  { map: { data, channels }, adjoint }: Seen,
  target: Float32Array,
  mask: Float32Array | undefined,
  weight: number,
): number {
  const positions = data.length / channels;
  const masked = data.map((value, i) => value * (mask?.[i % positions] ?? 1));
  let sum = 0;
  for (let i = 0; i < channels; i++)
    for (let j = 0; j < channels; j++) {
      let product = 0;
      for (let p = 0; p < positions; p++)
        product += (masked[i * positions + p] as number) * (masked[j * positions + p] as number);
      const difference = product / positions - (target[i * channels + j] as number);
      sum += difference ** 2;
      for (let p = 0; p < positions; p++) {
        const at = i * positions + p;
        const slope = (4 * weight * difference * (masked[j * positions + p] as number)) / positions;
        adjoint[at] = (adjoint[at] as number) + slope * (mask?.[p] ?? 1);
      }
    }
  return sum;
}

/**
 * The weighted mean over places of 4×4 pixels of 1 − cos(h, t) + 0.1 · ‖h − t‖²/‖t‖². h are the features of all layers
 * at a place, each the mean over its positions there; a position that is larger than a place belongs to several.
 */
function neighbourTerm(
  { candidates, indices, importance, factors, weight }: PlainTerm & { loss: 'neighbour' },
  at: (layer: LayerName) => Seen,
  width: number,
  height: number,
): number {
  /** A number of h, the one of t that it is to be, and the positions that it is the mean of. */
  type Feature = { h: number; t: number; positions: number[]; adjoint: Float64Array; factor: number };
  const places = Array.from(indices, (candidate, place): Feature[] => {
    const left = 4 * (place % (width / 4));
    const top = 4 * Math.floor(place / (width / 4));
    return [...candidates].flatMap(([layer, { dimensions, count, data }]) => {
      const { map, adjoint } = at(layer);
      const factor = factors?.get(layer) ?? 1;
      const step = width / map.width;
      const inside = (from: number) =>
        Array.from({ length: Math.max(1, 4 / step) }, (_, i) => Math.floor(from / step) + i);
      return Array.from({ length: dimensions }, (_, channel) => {
        const positions = inside(top).flatMap((y) =>
          inside(left).map((x) => (channel * (height / step) + y) * map.width + x),
        );
        const sum = positions.reduce((total, position) => total + (map.data[position] as number), 0);
        return {
          h: (factor * sum) / positions.length,
          t: factor * (data[channel * count + candidate] as number),
          positions,
          adjoint,
          factor,
        };
      });
    });
  });
  const sumOf = (features: Feature[], of: (feature: Feature) => number) =>
    features.reduce((sum, feature) => sum + of(feature), 0);
  const counts = places.map((features, place) =>
    features.some(({ t }) => t !== 0) ? (importance?.[place] ?? 1) : 0,
  );
  const total = counts.reduce((a, b) => a + b);
  let value = 0;
  places.forEach((features, place) => {
    const share = (counts[place] as number) / total;
    if (share === 0) return;
    const [hh, ht, tt] = [
      sumOf(features, ({ h }) => h * h),
      sumOf(features, ({ h, t }) => h * t),
      sumOf(features, ({ t }) => t * t),
    ];
    const lengths = Math.sqrt(hh * tt);
    value += share * (1 - ht / lengths + (0.1 * sumOf(features, ({ h, t }) => (h - t) ** 2)) / tt);
    for (const { h, t, positions, adjoint, factor } of features) {
      const slope = (ht * h) / (hh * lengths) - t / lengths + (0.2 * (h - t)) / tt;
      for (const position of positions)
        adjoint[position] =
          (adjoint[position] as number) + (factor * weight * share * slope) / positions.length;
    }
  });
  return value;
}

/** The mean square of the distances of values from [0, 1]. */
function gamutTerm(rgb: ArrayLike<number>, weight: number, gradient: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) {
    const value = rgb[i] as number;
    const beyond = value - Math.min(1, Math.max(0, value));
    sum += beyond ** 2;
    gradient[i] = (gradient[i] as number) + (2 * weight * beyond) / gradient.length;
  }
  return sum / gradient.length;
}

function tvTerm(
  rgb: ArrayLike<number>,
  width: number,
  height: number,
  weight: number,
  gradient: Float64Array,
): number {
  const pairs = 3 * (height * (width - 1) + width * (height - 1));
  let sum = 0;
  const visit = (a: number, b: number) => {
    const difference = (rgb[a] as number) - (rgb[b] as number);
    sum += difference ** 2;
    gradient[a] = (gradient[a] as number) + (2 * weight * difference) / pairs;
    gradient[b] = (gradient[b] as number) - (2 * weight * difference) / pairs;
  };
  for (let row = 0; row < 3 * height; row++)
    for (let x = 0; x < width; x++) {
      const at = row * width + x;
      if (x + 1 < width) visit(at, at + 1);
      if ((row % height) + 1 < height) visit(at, at + width);
    }
  return sum / pairs;
}
