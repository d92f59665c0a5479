import { node, require, sameShape, type Tensor } from '../tensor.ts';
import type { DeviceTensor4D } from '../tensorflow.ts';
import { constant } from './leaves.ts';

/**
 * Convolution (cross-correlation) with stride 1 and zero padding that keeps the size.
 * x is 1×C×H×W, the constant kernel O×C×k×k with odd k, the constant bias O values; the result 1×O×H×W.
 */
export function conv2d(x: Tensor, kernel: Tensor, bias: Tensor): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const [o, kc, kh, kw] = kernel.shape as [number, number, number, number];
  const fits = x.shape.length === 4 && kernel.shape.length === 4 && c === kc && kh === kw && kh % 2 === 1;
  require(fits && n === 1 && sameShape(bias.shape, [o]), 'conv2d', x, kernel, bias);
  require(kernel.data !== undefined && bias.data !== undefined, 'conv2d without constants', kernel, bias);
  const margin = (kh - 1) / 2;
  return node(
    {
      type: 'conv2d',
      adjoints: (dy) => [() => conv2d(dy, mirrored(kernel), constant(new Float32Array(c), [c]))],
      onnx: (write, operands) =>
        write.node('Conv', operands, {
          kernel_shape: [kh, kh],
          pads: [margin, margin, margin, margin],
        }),
      tfjs: (tf, [a, b, d]) =>
        tf.add(tf.conv2d(a as DeviceTensor4D, b as DeviceTensor4D, 1, 'same'), d as DeviceTensor4D),
    },
    [x, kernel, bias],
    [1, o, h, w],
  );
}

const mirroredKernels = new WeakMap<Tensor, Tensor>();

/**
 * The kernel of the input gradient of a stride-1, same-padded convolution: flipped in both spatial axes, its
 * input and output channels swapped. Made once for each kernel, however many graphs use it.
 */
function mirrored(kernel: Tensor): Tensor {
  let result = mirroredKernels.get(kernel);
  if (!result) {
    const [outputs, inputs, size] = kernel.shape as [number, number, number];
    const data = kernel.data as Float32Array;
    const area = size * size;
    const flipped = new Float32Array(data.length);
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++)
        for (let k = 0; k < area; k++)
          flipped[(i * outputs + o) * area + (area - 1 - k)] = data[(o * inputs + i) * area + k] as number;
    result = constant(flipped, [inputs, outputs, size, size]);
    mirroredKernels.set(kernel, result);
  }
  return result;
}
