import { node, require, type Shape, sameShape, type Tensor } from '../tensor.ts';
import type { DeviceTensor } from '../tensorflow.ts';

function broadcasts(from: Shape, to: Shape): boolean {
  const offset = to.length - from.length;
  return offset >= 0 && from.every((extent, axis) => extent === 1 || extent === to[axis + offset]);
}

const ONNX = { add: 'Add', sub: 'Sub', mul: 'Mul' } as const;

/** An operation on x and y, of which y may be broadcast; then it has no adjoint. */
function elementwise(
  type: keyof typeof ONNX,
  [x, y]: readonly [Tensor, Tensor],
  adjoint: { readonly x: (dy: Tensor) => Tensor; readonly y: (dy: Tensor) => Tensor },
): Tensor {
  require(broadcasts(y.shape, x.shape), type, x, y);
  return node(
    {
      type,
      adjoints: (dy) => [() => adjoint.x(dy), sameShape(x.shape, y.shape) ? () => adjoint.y(dy) : undefined],
      onnx: (write, operands) => write.node(ONNX[type], operands),
      tfjs: (tf, [a, b]) => tf[type](a as DeviceTensor, b as DeviceTensor),
    },
    [x, y],
    x.shape,
  );
}

/** x + y; y may be broadcast. */
export function add(x: Tensor, y: Tensor): Tensor {
  return elementwise('add', [x, y], { x: (dy) => dy, y: (dy) => dy });
}

/** x − y; y may be broadcast. */
export function sub(x: Tensor, y: Tensor): Tensor {
  return elementwise('sub', [x, y], { x: (dy) => dy, y: (dy) => scale(dy, -1) });
}

/** x · y, elementwise; y may be broadcast. */
export function mul(x: Tensor, y: Tensor): Tensor {
  return elementwise('mul', [x, y], { x: (dy) => mul(dy, y), y: (dy) => mul(dy, x) });
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
