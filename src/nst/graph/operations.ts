import { elements, type Operation, type Shape, sameShape, type Tensor } from './tensor.ts';

/**
 * The graph's vocabulary: each function checks its operands' shapes and returns a new tensor. A wrong shape is a
 * programmer's mistake and throws a plain `Error`.
 */

function node(op: Operation, inputs: readonly Tensor[], shape: Shape): Tensor {
  return { op, inputs, shape };
}

function require(condition: boolean, operation: string, ...operands: Tensor[]): void {
  if (condition) return;
  const shapes = operands.map(({ shape }) => `[${shape.join('×')}]`).join(' and ');
  throw new Error(`${operation} cannot take ${shapes}`);
}

/** A value fed at run time under a name that is unique in its graph. */
export function input(name: string, shape: Shape): Tensor {
  return node({ type: 'input', name }, [], shape);
}

/** A value known when the graph is built, row-major. */
export function constant(data: Float32Array, shape: Shape): Tensor {
  const tensor = node({ type: 'constant', data }, [], shape);
  require(data.length === elements(shape), `a constant of ${data.length} values`, tensor);
  return tensor;
}

/**
 * Convolution (cross-correlation) with stride 1 and zero padding that keeps the size.
 * x is 1×C×H×W, the constant kernel O×C×k×k with odd k, the bias O values; the result 1×O×H×W.
 */
export function conv2d(x: Tensor, kernel: Tensor, bias: Tensor): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const [o, kc, kh, kw] = kernel.shape as [number, number, number, number];
  const fits = x.shape.length === 4 && kernel.shape.length === 4 && c === kc && kh === kw && kh % 2 === 1;
  require(fits && n === 1 && sameShape(bias.shape, [o]), 'conv2d', x, kernel, bias);
  require(kernel.op.type === 'constant' &&
    bias.op.type === 'constant', 'conv2d without constants', kernel, bias);
  return node({ type: 'conv2d' }, [x, kernel, bias], [1, o, h, w]);
}

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  return node({ type: 'relu' }, [x], x.shape);
}

/** The value where the condition is positive, 0 elsewhere. */
export function gate(value: Tensor, condition: Tensor): Tensor {
  require(sameShape(value.shape, condition.shape), 'gate', value, condition);
  return node({ type: 'gate' }, [value, condition], value.shape);
}

function pooled(operation: 'averagePool' | 'maxPool', x: Tensor): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  require(x.shape.length === 4 && h % 2 === 0 && w % 2 === 0, operation, x);
  return node({ type: operation }, [x], [n, c, h / 2, w / 2]);
}

/** Mean of each 2×2 window, stride 2. Height and width must be even. */
export function averagePool(x: Tensor): Tensor {
  return pooled('averagePool', x);
}

/** Maximum of each 2×2 window, stride 2. Height and width must be even. */
export function maxPool(x: Tensor): Tensor {
  return pooled('maxPool', x);
}

/** Each value repeated in a 2×2 window. */
export function upsample(x: Tensor): Tensor {
  require(x.shape.length === 4, 'upsample', x);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  return node({ type: 'upsample' }, [x], [n, c, 2 * h, 2 * w]);
}

/** 1 where x and y are equal, 0 elsewhere. */
export function equal(x: Tensor, y: Tensor): Tensor {
  require(sameShape(x.shape, y.shape), 'equal', x, y);
  return node({ type: 'equal' }, [x, y], x.shape);
}

/** x / y, elementwise. */
export function divide(x: Tensor, y: Tensor): Tensor {
  require(sameShape(x.shape, y.shape), 'divide', x, y);
  return node({ type: 'divide' }, [x, y], x.shape);
}

/** factor · A · B, with A or B transposed on request. */
export function matmul(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false, factor = 1 } = {},
): Tensor {
  const [rows, inner] = transposeA ? [...a.shape].reverse() : a.shape;
  const [innerB, columns] = transposeB ? [...b.shape].reverse() : b.shape;
  require(a.shape.length === 2 && b.shape.length === 2 && inner === innerB, 'matmul', a, b);
  return node(
    { type: 'matmul', transposeA, transposeB, factor },
    [a, b],
    [rows as number, columns as number],
  );
}

/** factor · F · Fᵀ of a matrix F: the Gram matrix of its rows. */
export function gram(f: Tensor, factor = 1): Tensor {
  require(f.shape.length === 2, 'gram', f);
  return node({ type: 'gram', factor }, [f], [f.shape[0] as number, f.shape[0] as number]);
}

/** The transpose of a matrix. */
export function transpose(x: Tensor): Tensor {
  require(x.shape.length === 2, 'transpose', x);
  return node({ type: 'transpose' }, [x], [...x.shape].reverse());
}

function broadcasts(from: Shape, to: Shape): boolean {
  const offset = to.length - from.length;
  return offset >= 0 && from.every((extent, axis) => extent === 1 || extent === to[axis + offset]);
}

function elementwise(type: 'add' | 'sub' | 'mul', x: Tensor, y: Tensor): Tensor {
  require(broadcasts(y.shape, x.shape), type, x, y);
  return node({ type }, [x, y], x.shape);
}

/** x + y; y may be broadcast. */
export function add(x: Tensor, y: Tensor): Tensor {
  return elementwise('add', x, y);
}

/** x − y; y may be broadcast. */
export function sub(x: Tensor, y: Tensor): Tensor {
  return elementwise('sub', x, y);
}

/** x · y, elementwise; y may be broadcast. */
export function mul(x: Tensor, y: Tensor): Tensor {
  return elementwise('mul', x, y);
}

/** factor · x. */
export function scale(x: Tensor, factor: number): Tensor {
  return node({ type: 'scale', factor }, [x], x.shape);
}

/** The sum of x² over all elements, a scalar. */
export function sumOfSquares(x: Tensor): Tensor {
  return node({ type: 'sumOfSquares' }, [x], []);
}

/** The mean of x² over all elements, a scalar. */
export function meanOfSquares(x: Tensor): Tensor {
  return scale(sumOfSquares(x), 1 / elements(x.shape));
}

function resized(shape: Shape, axis: number, extent: number): Shape {
  return shape.map((old, index) => (index === axis ? extent : old));
}

/** Elements start (included) to end (excluded) along one axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  require(start >= 0 &&
    start < end &&
    end <= (x.shape[axis] ?? 0), `slice ${start} to ${end} of axis ${axis}`, x);
  return node({ type: 'slice', axis, start, end }, [x], resized(x.shape, axis, end - start));
}

/** x with zeros before and after it along one axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const extent = x.shape[axis];
  require(extent !== undefined && before >= 0 && after >= 0, `pad ${before} and ${after} on axis ${axis}`, x);
  return node(
    { type: 'pad', axis, before, after },
    [x],
    resized(x.shape, axis, before + (extent ?? 0) + after),
  );
}

/** The same elements in another shape, row-major. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  require(elements(x.shape) === elements(shape), `reshape to [${shape.join('×')}]`, x);
  return node({ type: 'reshape' }, [x], shape);
}
