import type { Pooling } from '../network.ts';
import {
  type ConvName,
  type ConvWeights,
  type LayerName,
  type LoadWeights,
  layersUpTo,
  type Network,
} from '../network.ts';
import { averagePool, constant, conv2d, maxPool, relu, scale, sub } from './operations.ts';
import type { Tensor } from './tensor.ts';

/** A convolution's kernel (O×I×3×3) and bias as graph constants. */
export interface ConvConstants {
  readonly kernel: Tensor;
  readonly bias: Tensor;
  /** The linear map of the rectified outputs, C×C. */
  readonly map?: Tensor;
}

/** What a loss looks at: activations, and the linear map through which it sees them. */
export interface Seen {
  /** 1×C×h×w. */
  readonly f: Tensor;
  /** C×C; missing for the activations themselves. */
  readonly map?: Tensor;
}

/**
 * The activations of a picture (1×3×H×W, white is 1) as expressions, by layer, from the first layer to the
 * deepest of those asked for.
 */
export function activations(
  network: Network,
  weights: ReadonlyMap<ConvName, ConvConstants>,
  picture: Tensor,
  pooling: Pooling,
  layers: readonly LayerName[],
): Map<LayerName, Seen> {
  const result = new Map<LayerName, Seen>();
  let map: Tensor | undefined;
  let x = sub(scale(picture, 255), constant(Float32Array.from(network.mean), [1, 3, 1, 1]));
  for (const layer of layersUpTo(network, layers)) {
    if (layer.kind === 'conv') {
      const constants = weights.get(layer.name) as ConvConstants;
      x = conv2d(x, constants.kernel, constants.bias);
      map = constants.map;
    } else if (layer.kind === 'relu') x = relu(x);
    else x = pooling === 'max' ? maxPool(x) : averagePool(x);
    result.set(layer.name, { f: x, ...(layer.kind === 'relu' && map && { map }) });
  }
  return result;
}

/**
 * Finds the weights of the layers up to the deepest of those asked for, and adds to the known ones what is missing.
 *
 * @throws ImpastoError `unknown-layer`, and what finding the weights throws.
 */
export async function loadConstants(
  network: Network,
  layers: readonly LayerName[],
  loadWeights: LoadWeights,
  known: Map<ConvName, ConvConstants>,
  signal?: AbortSignal,
): Promise<void> {
  for (const layer of layersUpTo(network, layers)) {
    if (layer.kind !== 'conv' || known.has(layer.name)) continue;
    const weights = await loadWeights(layer.name, signal);
    known.set(layer.name, convConstants(weights, layer.inputs, layer.outputs, layer.name === 'conv1_1'));
  }
}

/**
 * Turns published weights into the graph's form: HWIO kernels become OIHW, and the first convolution, which
 * was trained on blue, green, red, takes red, green, blue.
 */
export function convConstants(
  { kernel, bias, map }: ConvWeights,
  inputs: number,
  outputs: number,
  firstLayer: boolean,
): ConvConstants {
  const oihw = new Float32Array(kernel.length);
  const area = kernel.length / (inputs * outputs);
  const size = Math.sqrt(area);
  for (let k = 0; k < area; k++)
    for (let i = 0; i < inputs; i++) {
      const channel = firstLayer ? inputs - 1 - i : i;
      for (let o = 0; o < outputs; o++)
        oihw[(o * inputs + channel) * area + k] = kernel[(k * inputs + i) * outputs + o] as number;
    }
  return {
    kernel: constant(oihw, [outputs, inputs, size, size]),
    bias: constant(bias, [outputs]),
    ...(map && { map: constant(map, [outputs, outputs]) }),
  };
}
