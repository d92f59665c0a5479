import { node, require, type Tensor } from '../tensor.ts';
import type { DeviceTensor } from '../tensorflow.ts';

/**
 * Columns of a matrix by their indices, in their order and as often as they are named: R×N of R×M. The indices, N, are
 * whole numbers from 0 to M − 1, held as floats like everything in a graph (exact up to 2²⁴). The matrix counts as a
 * constant.
 */
export function gatherColumns(x: Tensor, indices: Tensor): Tensor {
  require(x.shape.length === 2 && indices.shape.length === 1, 'gatherColumns', x, indices);
  return node(
    {
      type: 'gatherColumns',
      onnx: (write, [a, at]) =>
        write.node('Gather', [a as string, write.cast(at as string, 'int32')], { axis: 1 }),
      tfjs: (tf, [a, at]) => tf.gather(a as DeviceTensor, tf.cast(at as DeviceTensor, 'int32'), 1),
    },
    [x, indices],
    [x.shape[0] as number, indices.shape[0] as number],
  );
}

/** The index of the largest value of each row of a matrix, as a float; of the first where several are equal. */
export function argMax(x: Tensor): Tensor {
  require(x.shape.length === 2, 'argMax', x);
  return node(
    {
      type: 'argMax',
      onnx: (write, operands) =>
        write.cast(write.node('ArgMax', operands, { axis: 1, keepdims: 0 }), 'float'),
      tfjs: (tf, [a]) => tf.cast(tf.argMax(a as DeviceTensor, 1), 'float32'),
    },
    [x],
    [x.shape[0] as number],
  );
}

/** The largest value of each row of a matrix. */
export function rowMax(x: Tensor): Tensor {
  require(x.shape.length === 2, 'rowMax', x);
  return node(
    {
      type: 'rowMax',
      onnx: (write, operands) => write.node('ReduceMax', operands, { axes: [1], keepdims: 0 }),
      tfjs: (tf, [a]) => tf.max(a as DeviceTensor, 1),
    },
    [x],
    [x.shape[0] as number],
  );
}
