import type { Tensor } from '@tensorflow/tfjs-core';
import type { Feeds } from '../../graph/objective.ts';
import { type Tensor as Expression, topologicalOrder } from '../../graph/tensor.ts';
import { fromPlanar, type TensorFlow } from '../../graph/tensorflow.ts';

/** Tensors by the expression whose value they hold. Four axes are held NHWC, kernels HWIO. */
export type Held = ReadonlyMap<Expression, Tensor>;

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

function operate(tf: TensorFlow, expression: Expression, operands: readonly Tensor[]): Tensor {
  const { op, shape } = expression;
  if (!op) throw new Error(`The value of a leaf ${shape.join('×')} is not held`);
  if (!op.tfjs) throw new Error(`${op.type} is for emitted gradients; TensorFlow.js makes its own`);
  return op.tfjs(tf, operands, expression);
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
  const kernels = new Set(order.flatMap(({ op, inputs }) => (op?.type === 'conv2d' ? inputs[1] : [])));
  const leaves = order.flatMap((leaf) => {
    const data = leaf.data ?? (leaf.name === undefined ? undefined : feeds[leaf.name]?.data);
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

/** The values of the tensors that a computation results in. Nothing of it stays on the device. */
export function read(tf: TensorFlow, computation: () => Tensor[]): Float32Array[] {
  const tensors = tf.tidy(computation);
  try {
    return tensors.map((tensor) => tensor.dataSync<'float32'>());
  } finally {
    tf.dispose(tensors);
  }
}
