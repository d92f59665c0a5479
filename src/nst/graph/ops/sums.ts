import { elements, node, require, sameShape, type Tensor } from '../tensor.ts';
import type { DeviceTensor, TensorFlow } from '../tensorflow.ts';
import { mul, scale } from './arithmetic.ts';

/** The sum of x² over all elements, a scalar. */
export function sumOfSquares(x: Tensor): Tensor {
  return node(
    {
      type: 'sumOfSquares',
      adjoints: (dy) => [() => mul(x, scale(dy, 2))],
      onnx: (write, operands) => write.node('ReduceSumSquare', operands, { keepdims: 0 }),
      tfjs: (tf, [a]) => total(tf, tf.square(a as DeviceTensor)),
    },
    [x],
    [],
  );
}

/** The mean of x² over all elements, a scalar. */
export function meanOfSquares(x: Tensor): Tensor {
  return scale(sumOfSquares(x), 1 / elements(x.shape));
}

/** The products of the columns of two matrices of one shape, column by column: 1×N of R×N. */
export function columnDots(x: Tensor, y: Tensor): Tensor {
  require(x.shape.length === 2 && sameShape(x.shape, y.shape), 'columnDots', x, y);
  return node(
    {
      type: 'columnDots',
      adjoints: (dy) => [() => mul(y, dy), () => mul(x, dy)],
      onnx: (write, operands) =>
        write.node('ReduceSum', [write.node('Mul', operands), write.integers([0])], { keepdims: 1 }),
      tfjs: (tf, [a, b]) => tf.sum(tf.mul(a as DeviceTensor, b as DeviceTensor), 0, true),
    },
    [x, y],
    [1, x.shape[1] as number],
  );
}

/** The squared length of each column of a matrix: 1×N of R×N. */
export function columnSquares(x: Tensor): Tensor {
  require(x.shape.length === 2, 'columnSquares', x);
  return node(
    {
      type: 'columnSquares',
      adjoints: (dy) => [() => mul(x, scale(dy, 2))],
      onnx: (write, operands) => write.node('ReduceSumSquare', operands, { axes: [0], keepdims: 1 }),
      tfjs: (tf, [a]) => tf.sum(tf.square(a as DeviceTensor), 0, true),
    },
    [x],
    [1, x.shape[1] as number],
  );
}

/** Axis by axis: WebAssembly adds one number after the other, and over millions at once float32 loses digits. */
function total(tf: TensorFlow, x: DeviceTensor): DeviceTensor {
  return x.rank === 0 ? x : total(tf, tf.sum(x, -1));
}
