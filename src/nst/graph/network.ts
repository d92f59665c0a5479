import { type ConvName, type LayerName, layersUpTo, type Network } from '../network.ts';
import type { Pooling } from '../objective.ts';
import { averagePool, constant, conv2d, maxPool, relu, scale, sub } from './operations.ts';
import type { Tensor } from './tensor.ts';

/** A convolution's kernel (O×I×3×3) and bias as graph constants. */
export interface ConvConstants {
  readonly kernel: Tensor;
  readonly bias: Tensor;
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
): Map<LayerName, Tensor> {
  const result = new Map<LayerName, Tensor>();
  let x = sub(scale(picture, 255), constant(Float32Array.from(network.mean), [1, 3, 1, 1]));
  for (const layer of layersUpTo(network, layers)) {
    if (layer.kind === 'conv') {
      const { kernel, bias } = weights.get(layer.name) as ConvConstants;
      x = conv2d(x, kernel, bias);
    } else if (layer.kind === 'relu') x = relu(x);
    else x = pooling === 'max' ? maxPool(x) : averagePool(x);
    result.set(layer.name, x);
  }
  return result;
}

/**
 * Turns published weights into the graph's form: HWIO kernels become OIHW, and the first convolution, which
 * was trained on blue, green, red, takes red, green, blue.
 */
export function convConstants(
  kernel: Float32Array,
  bias: Float32Array,
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
  return { kernel: constant(oihw, [outputs, inputs, size, size]), bias: constant(bias, [outputs]) };
}
