import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Feeds } from '../../graph/objective.ts';
import { type Tensor as Expression, type Shape, topologicalOrder } from '../../graph/tensor.ts';
import type { TensorFlow } from './backend.ts';

/** Tensors by the expression whose value they hold. Four axes are held NHWC, kernels HWIO. */
export type Held = ReadonlyMap<Expression, Tensor>;

/** TensorFlow.js's place for each axis of NCHW, which graphs are written in. */
const NHWC_AXIS = [0, 3, 1, 2];

/**
 * Computes expressions with TensorFlow.js's operations, which it can differentiate. Kernels and other leaves must
 * be held already.
 */
export function compute(tf: TensorFlow, roots: readonly Expression[], held: Held): Tensor[] {
  const values = new Map(held);
  const known = (expression: Expression) => values.get(expression) as Tensor;
  for (const expression of topologicalOrder(roots)) {
    if (values.has(expression)) continue;
    values.set(expression, operate(tf, expression, expression.inputs.map(known)));
  }
  return roots.map(known);
}

function operate(tf: TensorFlow, { op, shape }: Expression, operands: readonly Tensor[]): Tensor {
  const [a, b, c] = operands as [Tensor, Tensor, Tensor];
  switch (op.type) {
    case 'conv2d':
      return tf.add(tf.conv2d(a as Tensor4D, b as Tensor4D, 1, 'same'), c);
    case 'relu':
      return tf.relu(a);
    case 'averagePool':
      return tf.avgPool(a as Tensor4D, 2, 2, 'valid');
    case 'maxPool':
      return maxPool(tf, a as Tensor4D);
    case 'matmul':
      return tf.mul(tf.matMul(a, b, op.transposeA, op.transposeB), op.factor);
    case 'gram':
      return tf.mul(tf.matMul(a, a, false, true), op.factor);
    case 'transpose':
      return tf.transpose(a);
    case 'add':
      return tf.add(a, b);
    case 'sub':
      return tf.sub(a, b);
    case 'mul':
      return tf.mul(a, b);
    case 'scale':
      return tf.mul(a, op.factor);
    case 'sumOfSquares':
      return total(tf, tf.square(a));
    case 'slice':
      return slice(tf, a, a.rank === 4 ? (NHWC_AXIS[op.axis] as number) : op.axis, op.start, op.end);
    case 'reshape':
      return fromPlanar(tf, tf.reshape(toPlanar(tf, a), [...shape]));
    case 'gate':
    case 'upsample':
    case 'equal':
    case 'divide':
    case 'pad':
      throw new Error(`${op.type} is for emitted gradients; TensorFlow.js makes its own`);
    case 'input':
    case 'constant':
      throw new Error(`The value of ${op.type} ${shape.join('×')} is not held`);
  }
}

/** The same values with channels last, where there are four axes; NCHW before. */
export function fromPlanar(tf: TensorFlow, x: Tensor): Tensor {
  return x.rank === 4 ? tf.transpose(x, [0, 2, 3, 1]) : x;
}

/** The same values with channels first, where there are four axes; NHWC before. */
export function toPlanar(tf: TensorFlow, x: Tensor): Tensor {
  return x.rank === 4 ? tf.transpose(x, NHWC_AXIS) : x;
}

/** Axis by axis: WebAssembly adds one number after the other, and over millions at once float32 loses digits. */
function total(tf: TensorFlow, x: Tensor): Tensor {
  return x.rank === 0 ? x : total(tf, tf.sum(x, -1));
}

function slice(tf: TensorFlow, x: Tensor, axis: number, start: number, end: number): Tensor {
  const begin = x.shape.map((_, index) => (index === axis ? start : 0));
  const size = x.shape.map((extent, index) => (index === axis ? end - start : extent));
  return tf.slice(x, begin, size);
}

/**
 * Equal largest values of a window share its gradient, as on every engine. TensorFlow.js's own gradient goes to one
 * of them, and to another one on another backend.
 */
function maxPool(tf: TensorFlow, x: Tensor4D): Tensor {
  const pooled = tf.customGrad((input, save) => {
    const from = input as Tensor4D;
    const y = tf.maxPool(from, 2, 2, 'valid');
    (save as (tensors: Tensor[]) => void)([from, y]);
    const gradFunc = (dy: Tensor4D, saved: Tensor[]) => {
      const [from, y] = saved as [Tensor4D, Tensor4D];
      const upsample = (small: Tensor4D) => tf.image.resizeNearestNeighbor(small, sides(from.shape));
      const largest = tf.cast(tf.equal(from, upsample(y)), 'float32') as Tensor4D;
      const count = tf.mul(tf.avgPool(largest, 2, 2, 'valid'), 4);
      return tf.mul(upsample(tf.div(dy, count)), largest);
    };
    return { value: y, gradFunc };
  });
  return pooled(x);
}

function sides([, height, width]: Shape): [number, number] {
  return [height as number, width as number];
}

/**
 * Puts on the device what expressions need: constants, and inputs that are fed, except what is held already. All of
 * it or none; the caller disposes of it.
 */
export function upload(
  tf: TensorFlow,
  roots: readonly Expression[],
  feeds: Feeds,
  held: Held,
): Map<Expression, Tensor> {
  const order = topologicalOrder(roots);
  const kernels = new Set(order.flatMap(({ op, inputs }) => (op.type === 'conv2d' ? inputs[1] : [])));
  const leaves = order.flatMap((leaf) => {
    const data = dataOf(leaf, feeds);
    return data && !held.has(leaf) ? [{ leaf, data }] : [];
  });
  const tensors = tf.tidy(() =>
    leaves.map(({ leaf, data }) => {
      const x = tf.tensor(data, [...leaf.shape]);
      return kernels.has(leaf) ? tf.transpose(x, [2, 3, 1, 0]) : fromPlanar(tf, x);
    }),
  );
  return new Map(leaves.map(({ leaf }, index) => [leaf, tensors[index] as Tensor]));
}

function dataOf({ op }: Expression, feeds: Feeds): Float32Array | undefined {
  if (op.type === 'constant') return op.data;
  return op.type === 'input' ? feeds[op.name]?.data : undefined;
}

/** The values of the tensors that a computation results in. Nothing of it stays on the device. */
export function read(tf: TensorFlow, computation: () => Tensor[]): Float32Array[] {
  const tensors = tf.tidy(computation);
  try {
    return tensors.map((tensor) => tensor.dataSync<'float32'>());
  } finally {
    tf.dispose(tensors);
  }
}
