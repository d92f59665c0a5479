import { node, require, type Tensor } from '../tensor.ts';
import type { DeviceTensor } from '../tensorflow.ts';
import { add } from './arithmetic.ts';

/** factor · A · B, with A or B transposed on request. */
export function matmul(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false, factor = 1 } = {},
): Tensor {
  const [rows, inner] = transposeA ? [...a.shape].reverse() : a.shape;
  const [innerB, columns] = transposeB ? [...b.shape].reverse() : b.shape;
  require(a.shape.length === 2 && b.shape.length === 2 && inner === innerB, 'matmul', a, b);
  const forA = (dy: Tensor) =>
    transposeA
      ? matmul(b, dy, { transposeA: transposeB, transposeB: true, factor })
      : matmul(dy, b, { transposeB: !transposeB, factor });
  const forB = (dy: Tensor) =>
    transposeB
      ? matmul(dy, a, { transposeA: true, transposeB: transposeA, factor })
      : matmul(a, dy, { transposeA: !transposeA, factor });
  return node(
    {
      type: 'matmul',
      attributes: { transposeA, transposeB, factor },
      adjoints: (dy) => [() => forA(dy), () => forB(dy)],
      onnx: (write, operands) =>
        write.node(
          'Gemm',
          operands,
          { transA: Number(transposeA), transB: Number(transposeB) },
          { alpha: factor },
        ),
      tfjs: (tf, [x, y]) =>
        tf.mul(tf.matMul(x as DeviceTensor, y as DeviceTensor, transposeA, transposeB), factor),
    },
    [a, b],
    [rows as number, columns as number],
  );
}

/** factor · F · Fᵀ of a matrix F: the Gram matrix of its rows. */
export function gram(f: Tensor, factor = 1): Tensor {
  require(f.shape.length === 2, 'gram', f);
  return node(
    {
      type: 'gram',
      attributes: { factor },
      adjoints: (dy) => [() => matmul(add(dy, transpose(dy)), f, { factor })],
      onnx: (write, [x]) => write.node('Gemm', [x as string, x as string], { transB: 1 }, { alpha: factor }),
      tfjs: (tf, [x]) => tf.mul(tf.matMul(x as DeviceTensor, x as DeviceTensor, false, true), factor),
    },
    [f],
    [f.shape[0] as number, f.shape[0] as number],
  );
}

/** The transpose of a matrix. */
export function transpose(x: Tensor): Tensor {
  require(x.shape.length === 2, 'transpose', x);
  return node(
    {
      type: 'transpose',
      adjoints: (dy) => [() => transpose(dy)],
      onnx: (write, operands) => write.node('Transpose', operands, { perm: [1, 0] }),
      tfjs: (tf, [a]) => tf.transpose(a as DeviceTensor),
    },
    [x],
    [...x.shape].reverse(),
  );
}
