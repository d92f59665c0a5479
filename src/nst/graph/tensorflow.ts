import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';

/** TensorFlow.js core: tensors, operations, differentiation. */
export type TensorFlow = typeof import('@tensorflow/tfjs-core');

/** A value that TensorFlow.js holds; four axes are held NHWC, kernels of convolutions HWIO. */
export type DeviceTensor = Tensor;
export type DeviceTensor4D = Tensor4D;

/** TensorFlow.js's place for each axis of NCHW, which graphs are written in. */
export const NHWC_AXIS = [0, 3, 1, 2];

/** The same values with channels last, where there are four axes; NCHW before. */
export function fromPlanar(tf: TensorFlow, x: DeviceTensor): DeviceTensor {
  return x.rank === 4 ? tf.transpose(x, [0, 2, 3, 1]) : x;
}

/** The same values with channels first, where there are four axes; NHWC before. */
export function toPlanar(tf: TensorFlow, x: DeviceTensor): DeviceTensor {
  return x.rank === 4 ? tf.transpose(x, NHWC_AXIS) : x;
}
