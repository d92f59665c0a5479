import { node, require, type Shape, sameShape, type Tensor } from '../tensor.ts';
import type { DeviceTensor } from '../tensorflow.ts';

function broadcasts(from: Shape, to: Shape): boolean {
  const offset = to.length - from.length;
  return offset >= 0 && from.every((extent, axis) => extent === 1 || extent === to[axis + offset]);
}

/** The adjoint of a second operand, which has one where it was not broadcast. */
function unlessBroadcast(x: Tensor, y: Tensor, adjoint: () => Tensor) {
  return sameShape(x.shape, y.shape) ? adjoint : undefined;
}

/** x + y; y may be broadcast. */
export function add(x: Tensor, y: Tensor): Tensor {
  require(broadcasts(y.shape, x.shape), 'add', x, y);
  return node(
    {
      type: 'add',
      adjoints: (dy) => [() => dy, unlessBroadcast(x, y, () => dy)],
      onnx: (write, operands) => write.node('Add', operands),
      tfjs: (tf, [a, b]) => tf.add(a as DeviceTensor, b as DeviceTensor),
    },
    [x, y],
    x.shape,
  );
}

/** x − y; y may be broadcast. */
export function sub(x: Tensor, y: Tensor): Tensor {
  require(broadcasts(y.shape, x.shape), 'sub', x, y);
  return node(
    {
      type: 'sub',
      adjoints: (dy) => [() => dy, unlessBroadcast(x, y, () => scale(dy, -1))],
      onnx: (write, operands) => write.node('Sub', operands),
      tfjs: (tf, [a, b]) => tf.sub(a as DeviceTensor, b as DeviceTensor),
    },
    [x, y],
    x.shape,
  );
}

/** x · y, elementwise; y may be broadcast. */
export function mul(x: Tensor, y: Tensor): Tensor {
  require(broadcasts(y.shape, x.shape), 'mul', x, y);
  return node(
    {
      type: 'mul',
      adjoints: (dy) => [() => mul(dy, y), unlessBroadcast(x, y, () => mul(dy, x))],
      onnx: (write, operands) => write.node('Mul', operands),
      tfjs: (tf, [a, b]) => tf.mul(a as DeviceTensor, b as DeviceTensor),
    },
    [x, y],
    x.shape,
  );
}

/** x / y, elementwise; the divisor counts as a constant. */
export function divide(x: Tensor, y: Tensor): Tensor {
  require(sameShape(x.shape, y.shape), 'divide', x, y);
  return node(
    {
      type: 'divide',
      adjoints: (dy) => [() => divide(dy, y)],
      onnx: (write, operands) => write.node('Div', operands),
    },
    [x, y],
    x.shape,
  );
}

/** factor · x. */
export function scale(x: Tensor, factor: number): Tensor {
  return node(
    {
      type: 'scale',
      attributes: { factor },
      adjoints: (dy) => [() => scale(dy, factor)],
      onnx: (write, [a]) => write.node('Mul', [a as string, write.scalar(factor)]),
      tfjs: (tf, [a]) => tf.mul(a as DeviceTensor, factor),
    },
    [x],
    x.shape,
  );
}

/** 1 / √x, elementwise, for x above 0. */
export function inverseRoot(x: Tensor): Tensor {
  return node(
    {
      type: 'inverseRoot',
      adjoints: (dy, y) => [() => scale(mul(dy, mul(y, mul(y, y))), -1 / 2)],
      onnx: (write, operands) => write.node('Reciprocal', [write.node('Sqrt', operands)]),
      tfjs: (tf, [a]) => tf.rsqrt(a as DeviceTensor),
    },
    [x],
    x.shape,
  );
}
