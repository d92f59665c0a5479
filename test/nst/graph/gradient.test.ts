import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { gradient } from '../../../src/nst/graph/gradient.ts';
import { encodeModel } from '../../../src/nst/graph/onnx.ts';
import * as g from '../../../src/nst/graph/operations.ts';
import { elements, type Shape, type Tensor } from '../../../src/nst/graph/tensor.ts';
import { interpret } from '../../support/interpreter.ts';
import { randomValues, relativeError } from '../../support/numbers.ts';

const constant = (shape: Shape, seed: number) => g.constant(randomValues(elements(shape), seed), shape);

/** Each operation as a function of one variable; the loss is the sum of squares of what it gives, less a target. */
const operations: Record<string, { shape: Shape; of: (x: Tensor) => Tensor }> = {
  conv2d: { shape: [1, 3, 5, 4], of: (x) => g.conv2d(x, constant([2, 3, 3, 3], 1), constant([2], 2)) },
  relu: { shape: [1, 2, 3, 4], of: g.relu },
  'gate, the value': { shape: [3, 4], of: (x) => g.gate(x, constant([3, 4], 3)) },
  averagePool: { shape: [1, 2, 4, 6], of: g.averagePool },
  maxPool: { shape: [1, 2, 4, 6], of: g.maxPool },
  upsample: { shape: [1, 2, 3, 2], of: g.upsample },
  'matmul, left': { shape: [3, 4], of: (x) => g.matmul(x, constant([4, 2], 4), { factor: 0.7 }) },
  'matmul, left transposed': {
    shape: [4, 3],
    of: (x) => g.matmul(x, constant([4, 2], 5), { transposeA: true }),
  },
  'matmul, right': { shape: [4, 2], of: (x) => g.matmul(constant([3, 4], 6), x) },
  'matmul, right transposed': {
    shape: [2, 4],
    of: (x) => g.matmul(constant([4, 3], 7), x, { transposeA: true, transposeB: true, factor: 1.3 }),
  },
  gram: { shape: [3, 5], of: (x) => g.gram(x, 0.2) },
  transpose: { shape: [3, 5], of: g.transpose },
  'add, both sides': { shape: [2, 3], of: (x) => g.add(g.mul(x, x), x) },
  'sub, the first': { shape: [1, 3, 2, 2], of: (x) => g.sub(x, constant([1, 3, 1, 1], 8)) },
  'sub, the second': { shape: [2, 3], of: (x) => g.sub(constant([2, 3], 9), x) },
  'mul by a broadcast operand': { shape: [1, 2, 3, 3], of: (x) => g.mul(x, constant([1, 1, 3, 3], 10)) },
  scale: { shape: [4], of: (x) => g.scale(x, -2.5) },
  divide: {
    shape: [2, 3],
    of: (x) =>
      g.divide(
        x,
        g.constant(
          randomValues(6, 11).map((v) => v + 2),
          [2, 3],
        ),
      ),
  },
  inverseRoot: {
    shape: [2, 3],
    of: (x) => g.inverseRoot(g.add(g.mul(x, x), g.constant(new Float32Array(6).fill(0.3), [2, 3]))),
  },
  'columnDots, both sides': { shape: [3, 4], of: (x) => g.columnDots(x, g.mul(x, constant([3, 4], 13))) },
  columnSquares: { shape: [3, 4], of: g.columnSquares },
  'columnDots of gathered columns': {
    shape: [2, 3],
    of: (x) =>
      g.columnDots(x, g.gatherColumns(constant([2, 5], 14), g.constant(Float32Array.of(4, 0, 4), [3]))),
  },
  sumOfSquares: { shape: [2, 3], of: g.sumOfSquares },
  meanOfSquares: { shape: [2, 3], of: g.meanOfSquares },
  slice: { shape: [1, 2, 4, 3], of: (x) => g.slice(x, 2, 1, 3) },
  pad: { shape: [1, 2, 2, 3], of: (x) => g.pad(x, 3, 1, 2) },
  reshape: { shape: [2, 6], of: (x) => g.reshape(x, [3, 4]) },
};

function lossOf(of: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const y = of(x);
  return g.sumOfSquares(g.sub(y, constant(y.shape, 99)));
}

describe.each(Object.entries(operations))('the operation %s', (_, { shape, of }) => {
  const x = g.input('x', shape);
  const loss = lossOf(of, x);
  const dx = gradient(loss, x);
  const at = randomValues(elements(shape), 42);

  it('has the gradient that finite differences in double precision show', () => {
    const step = 1e-5;
    const value = (point: ArrayLike<number>) => interpret([loss], { x: point })[0]?.[0] as number;
    const differences = Array.from(at, (_, index) => {
      const moved = (by: number) => Float64Array.from(at, (v, i) => (i === index ? v + by : v));
      return (value(moved(step)) - value(moved(-step))) / (2 * step);
    });
    expect(relativeError(interpret([dx], { x: at })[0] as Float64Array, differences)).toBeLessThan(1e-7);
  });

  it('gives in ONNX Runtime what it gives in double precision', async () => {
    const session = await ort.InferenceSession.create(encodeModel({ loss, dx }));
    const results = await session.run({ x: new ort.Tensor('float32', at, [...shape]) });
    const [exactLoss, exactGradient] = interpret([loss, dx], { x: at }) as [Float64Array, Float64Array];
    expect(relativeError(results.loss?.data as Float32Array, exactLoss)).toBeLessThan(1e-5);
    expect(relativeError(results.dx?.data as Float32Array, exactGradient)).toBeLessThan(1e-5);
    await session.release();
  });
});

describe('rows', () => {
  it('are searched for their largest value, the first where several are equal', async () => {
    const x = g.input('x', [3, 3]);
    const outputs = { at: g.argMax(x), value: g.rowMax(x) };
    const values = Float32Array.of(1, 3, 3, -1, -2, -3, 0, 0, 7);
    const session = await ort.InferenceSession.create(encodeModel(outputs));
    const results = await session.run({ x: new ort.Tensor('float32', values, [3, 3]) });
    const [at, value] = interpret(Object.values(outputs), { x: values }) as [Float64Array, Float64Array];
    expect([...at]).toEqual([1, 0, 2]);
    expect([...value]).toEqual([3, -1, 7]);
    expect(results.at?.data).toEqual(Float32Array.from(at));
    expect(results.value?.data).toEqual(Float32Array.from(value));
    await session.release();
  });
});

describe('gradient', () => {
  it('shares a pooled maximum among equal values', () => {
    const x = g.input('x', [1, 1, 2, 2]);
    const dx = gradient(g.sumOfSquares(g.maxPool(x)), x);
    expect(Array.from(interpret([dx], { x: [3, 3, 1, 3] })[0] as Float64Array)).toEqual([2, 2, 0, 2]);
  });

  it('adds up the ways by which a loss depends on the variable', () => {
    const x = g.input('x', [2]);
    const loss = g.add(g.sumOfSquares(x), g.sumOfSquares(g.scale(x, 3)));
    expect(Array.from(interpret([gradient(loss, x)], { x: [1, -2] })[0] as Float64Array)).toEqual([20, -40]);
  });

  it('refuses what has none', () => {
    const [x, y] = [g.input('x', [2]), g.input('y', [2])];
    expect(() => gradient(g.scale(x, 2), x)).toThrow('Only a scalar');
    expect(() => gradient(g.sumOfSquares(x), y)).toThrow('does not depend');
    expect(() => gradient(g.sumOfSquares(g.divide(x, y)), y)).toThrow('No gradient');
  });

  it('is checked for shapes where a graph is built', () => {
    expect(() => g.add(g.input('x', [2]), g.input('y', [3]))).toThrow('add cannot take [2] and [3]');
    expect(() => g.averagePool(g.input('x', [1, 1, 3, 2]))).toThrow('averagePool cannot take');
  });
});
