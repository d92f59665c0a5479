import { elements, type Shape, type Tensor, topologicalOrder } from '../../src/nst/graph/tensor.ts';

/** Computes tensors in double precision, one element after the other: slow, and plain enough to be believed. */
export function interpret(
  outputs: readonly Tensor[],
  feeds: Readonly<Record<string, ArrayLike<number>>>,
): Float64Array[] {
  const values = new Map<Tensor, Float64Array>();
  for (const tensor of topologicalOrder(outputs)) {
    const inputs = tensor.inputs.map((input) => values.get(input) as Float64Array);
    values.set(tensor, compute(tensor, inputs, feeds));
  }
  return outputs.map((tensor) => values.get(tensor) as Float64Array);
}

function compute(
  tensor: Tensor,
  inputs: readonly Float64Array[],
  feeds: Readonly<Record<string, ArrayLike<number>>>,
): Float64Array {
  const { op, shape } = tensor;
  const [a, b] = inputs as [Float64Array, Float64Array];
  const shapes = tensor.inputs.map((input) => input.shape);
  const each = (value: (index: number) => number) =>
    Float64Array.from({ length: elements(shape) }, (_, i) => value(i));
  const other = (index: number) => b[broadcastIndex(index, shape, shapes[1] as Shape)] as number;
  if (!op) return Float64Array.from(tensor.data ?? (feeds[tensor.name as string] as ArrayLike<number>));
  const { factor, axis, start, before, transposeA, transposeB } = op.attributes as {
    [name in 'factor' | 'axis' | 'start' | 'before']: number;
  } & { [name in 'transposeA' | 'transposeB']: boolean };
  switch (op.type) {
    case 'conv2d':
      return convolve(tensor, inputs as [Float64Array, Float64Array, Float64Array]);
    case 'relu':
      return a.map((x) => Math.max(x, 0));
    case 'gate':
      return a.map((x, i) => ((b[i] as number) > 0 ? x : 0));
    case 'averagePool':
      return each((i) => window(i, tensor, a).reduce((sum, x) => sum + x, 0) / 4);
    case 'maxPool':
      return each((i) => Math.max(...window(i, tensor, a)));
    case 'upsample': {
      const [, , h, w] = shape as [number, number, number, number];
      return each((i) => {
        const [row, column, plane] = [Math.floor(i / w) % h, i % w, Math.floor(i / (h * w))];
        return a[(plane * (h / 2) + (row >> 1)) * (w / 2) + (column >> 1)] as number;
      });
    }
    case 'equal':
      return each((i) => Number(a[i] === b[i]));
    case 'divide':
      return each((i) => (a[i] as number) / (b[i] as number));
    case 'matmul':
      return multiply(a, shapes[0] as Shape, transposeA, b, shapes[1] as Shape, transposeB, factor);
    case 'gram':
      return multiply(a, shapes[0] as Shape, false, a, shapes[0] as Shape, true, factor);
    case 'transpose': {
      const [rows, columns] = shape as [number, number];
      return each((i) => a[(i % columns) * rows + Math.floor(i / columns)] as number);
    }
    case 'add':
      return each((i) => (a[i] as number) + other(i));
    case 'sub':
      return each((i) => (a[i] as number) - other(i));
    case 'mul':
      return each((i) => (a[i] as number) * other(i));
    case 'scale':
      return a.map((x) => x * factor);
    case 'sumOfSquares':
      return Float64Array.of(a.reduce((sum, x) => sum + x * x, 0));
    case 'slice':
      return each((i) => a[moved(i, shape, shapes[0] as Shape, axis, start)] as number);
    case 'pad': {
      const result = new Float64Array(elements(shape));
      a.forEach((x, i) => {
        result[moved(i, shapes[0] as Shape, shape, axis, before)] = x;
      });
      return result;
    }
    case 'reshape':
      return a;
    case 'inverseRoot':
      return a.map((x) => 1 / Math.sqrt(x));
    case 'columnDots':
      return columnSums(a, b, shape);
    case 'columnSquares':
      return columnSums(a, a, shape);
    case 'gatherColumns': {
      const [from, to] = [shapes[0]?.[1] as number, shape[1] as number];
      return each((i) => a[Math.floor(i / to) * from + (b[i % to] as number)] as number);
    }
    case 'rowMax':
      return each((row) => Math.max(...rowOf(a, row, shapes[0] as Shape)));
    case 'argMax':
      return each((row) => {
        const values = rowOf(a, row, shapes[0] as Shape);
        return values.indexOf(Math.max(...values));
      });
    default:
      throw new Error(`There is no ${op.type} here`);
  }
}

function columnSums(a: Float64Array, b: Float64Array, [, columns]: Shape): Float64Array {
  const sums = new Float64Array(columns as number);
  a.forEach((x, i) => {
    sums[i % sums.length] = (sums[i % sums.length] as number) + x * (b[i] as number);
  });
  return sums;
}

function rowOf(a: Float64Array, row: number, [, columns]: Shape): Float64Array {
  return a.subarray(row * (columns as number), (row + 1) * (columns as number));
}

/** The index in the larger of two shapes that differ along one axis, of an index in the smaller one. */
function moved(index: number, from: Shape, to: Shape, axis: number, offset: number): number {
  const inner = elements(from.slice(axis + 1));
  const extent = from[axis] as number;
  const outer = Math.floor(index / (inner * extent));
  const along = Math.floor(index / inner) % extent;
  return (outer * (to[axis] as number) + along + offset) * inner + (index % inner);
}

function broadcastIndex(index: number, shape: Shape, from: Shape): number {
  let [result, size, rest] = [0, 1, index];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = from[axis - (shape.length - from.length)] ?? 1;
    const position = rest % (shape[axis] as number);
    rest = Math.floor(rest / (shape[axis] as number));
    if (extent > 1) result += position * size;
    size *= extent;
  }
  return result;
}

function window(index: number, { shape }: Tensor, x: Float64Array): number[] {
  const [, , h, w] = shape as [number, number, number, number];
  const [row, column, plane] = [Math.floor(index / w) % h, index % w, Math.floor(index / (h * w))];
  const first = (plane * 2 * h + 2 * row) * 2 * w + 2 * column;
  return [first, first + 1, first + 2 * w, first + 2 * w + 1].map((at) => x[at] as number);
}

function convolve(
  tensor: Tensor,
  [x, kernel, bias]: [Float64Array, Float64Array, Float64Array],
): Float64Array {
  const [, outputs, h, w] = tensor.shape as [number, number, number, number];
  const [, inputs, size] = (tensor.inputs[1] as Tensor).shape as [number, number, number];
  const reach = (size - 1) / 2;
  const result = new Float64Array(outputs * h * w);
  for (let o = 0; o < outputs; o++)
    for (let row = 0; row < h; row++)
      for (let column = 0; column < w; column++) {
        let sum = bias[o] as number;
        for (let i = 0; i < inputs; i++)
          for (let dy = 0; dy < size; dy++)
            for (let dx = 0; dx < size; dx++) {
              const [r, c] = [row + dy - reach, column + dx - reach];
              if (r < 0 || r >= h || c < 0 || c >= w) continue;
              sum +=
                (kernel[((o * inputs + i) * size + dy) * size + dx] as number) *
                (x[(i * h + r) * w + c] as number);
            }
        result[(o * h + row) * w + column] = sum;
      }
  return result;
}

function multiply(
  a: Float64Array,
  shapeA: Shape,
  transposeA: boolean,
  b: Float64Array,
  shapeB: Shape,
  transposeB: boolean,
  factor: number,
): Float64Array {
  const [rowsA, columnsA] = shapeA as [number, number];
  const [rowsB, columnsB] = shapeB as [number, number];
  const [rows, inner] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const columns = transposeB ? rowsB : columnsB;
  return Float64Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++)
      sum +=
        (a[transposeA ? k * columnsA + row : row * columnsA + k] as number) *
        (b[transposeB ? column * columnsB + k : k * columnsB + column] as number);
    return factor * sum;
  });
}
