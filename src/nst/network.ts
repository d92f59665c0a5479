import { ImpastoError } from './errors.ts';

/** A convolution by its name, `conv<block>_<position>`. */
export type ConvName = `conv${number}_${number}`;
/** A convolution, its rectification, or the pooling that ends a block: what a loss can look at. */
export type LayerName = ConvName | `relu${number}_${number}` | `pool${number}`;

/** How a 2×2 window is reduced between a network's blocks. Gatys et al. found averages to paint better. */
export type Pooling = 'average' | 'max';

/** A feature network of VGG's shape: blocks of 3×3 convolutions, each rectified; a 2×2 pooling after each block. */
export interface Network {
  readonly name: string;
  /** Output channels of each convolution, block by block. */
  readonly blocks: readonly (readonly number[])[];
  /** Subtracted from a picture's red, green and blue in the range 0 to 255 before the first convolution. */
  readonly mean: readonly [number, number, number];
}

/** The weights of one convolution as the published files hold them. */
export interface ConvWeights {
  /** Height × width × input channels × output channels (HWIO). */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  /**
   * The linear map through which losses look at the rectified outputs, outputs × outputs, row-major. Missing where
   * they look at the outputs themselves.
   */
  readonly map?: Float32Array;
}

/** Finds the weights of a convolution, wherever they are. */
export type LoadWeights = (layer: ConvName, signal?: AbortSignal) => Promise<ConvWeights>;

/**
 * VGG-19's convolutions (Simonyan & Zisserman 2014, arXiv:1409.1556, configuration E) without the classifier.
 * The published kernels take blue, green, red; the engines swap the first kernel's channels once, so that
 * pictures stay in red, green, blue everywhere.
 */
export const VGG19: Network = {
  name: 'vgg19',
  blocks: [
    [64, 64],
    [128, 128],
    [256, 256, 256, 256],
    [512, 512, 512, 512],
    [512, 512, 512, 512],
  ],
  mean: [123.68, 116.779, 103.939],
};

/**
 * A narrow network trained to stand for VGG-19's first three blocks (models/README.md): the losses see its
 * activations through linear maps, in which they resemble VGG-19's. It takes blue, green, red, too. Layers that no
 * preset looks at are the narrowest.
 */
export const COMPACT: Network = {
  name: 'compact',
  blocks: [
    [32, 16],
    [64, 80],
    [128, 96, 96, 128],
  ],
  mean: VGG19.mean,
};

/** One step of a network, in the order of computation. */
export type Layer =
  | { readonly kind: 'conv'; readonly name: ConvName; readonly inputs: number; readonly outputs: number }
  | { readonly kind: 'relu'; readonly name: LayerName }
  | { readonly kind: 'pool'; readonly name: LayerName };

/** All layers of a network in the order of computation: conv1_1, relu1_1, …, pool1, conv2_1, … */
export function layersOf({ blocks }: Network): Layer[] {
  let inputs = 3;
  return blocks.flatMap((channels, index) => {
    const block = index + 1;
    const convolutions = channels.flatMap((outputs, position): Layer[] => {
      const conv: Layer = { kind: 'conv', name: `conv${block}_${position + 1}`, inputs, outputs };
      inputs = outputs;
      return [conv, { kind: 'relu', name: `relu${block}_${position + 1}` }];
    });
    return [...convolutions, { kind: 'pool', name: `pool${block}` }];
  });
}

/**
 * The layers up to the deepest of the given ones.
 *
 * @throws ImpastoError `unknown-layer` for a name that the network does not have.
 */
export function layersUpTo(network: Network, names: readonly LayerName[]): Layer[] {
  const layers = layersOf(network);
  const depths = names.map((name) => {
    const depth = layers.findIndex((layer) => layer.name === name);
    if (depth >= 0) return depth;
    throw new ImpastoError('unknown-layer', `${network.name} has no layer called “${name}”.`, {
      advice: `Choose among ${layers.map((layer) => layer.name).join(', ')}.`,
    });
  });
  return layers.slice(0, Math.max(-1, ...depths) + 1);
}

/** By how much the given layers' poolings divide a picture's sides; sides must be multiples of it. */
export function stride(layers: readonly Layer[]): number {
  return 2 ** layers.filter(({ kind }) => kind === 'pool').length;
}
