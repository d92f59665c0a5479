import type { ConvWeights, LoadWeights, Network } from '../../src/nst/network.ts';
import { layersOf } from '../../src/nst/network.ts';
import { randomValues } from './numbers.ts';

/** A network of VGG's shape, small enough for tests, with random weights. */
export const TINY: Network = {
  name: 'tiny',
  blocks: [
    [8, 8],
    [12, 12],
    [16, 16, 16, 16],
  ],
  mean: [123.68, 116.779, 103.939],
};

/** Weights that keep the magnitude of activations from layer to layer, the same in every run. */
export const loadTinyWeights: LoadWeights = async (name): Promise<ConvWeights> => {
  const layers = layersOf(TINY);
  const layer = layers.find((each) => each.name === name);
  if (layer?.kind !== 'conv') throw new Error(`No convolution ${name}`);
  const { inputs, outputs } = layer;
  const magnitude = Math.sqrt(6 / (9 * inputs));
  const seed = layers.indexOf(layer);
  return {
    kernel: randomValues(9 * inputs * outputs, seed).map((value) => value * magnitude),
    bias: randomValues(outputs, seed + 1000).map((value) => 5 * value),
  };
};
