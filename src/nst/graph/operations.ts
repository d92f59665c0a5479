/**
 * The graph's vocabulary: each function checks its operands' shapes and returns a new tensor. A wrong shape is a
 * programmer's mistake and throws a plain `Error`.
 */
export { add, divide, inverseRoot, mul, scale, sub } from './ops/arithmetic.ts';
export { conv2d } from './ops/convolution.ts';
export { pad, reshape, slice } from './ops/layout.ts';
export { constant, input } from './ops/leaves.ts';
export { gram, matmul, transpose } from './ops/matrices.ts';
export { averagePool, maxPool, upsample } from './ops/pooling.ts';
export { gate, relu } from './ops/rectification.ts';
export { argMax, gatherColumns, rowMax } from './ops/selection.ts';
export { columnDots, columnSquares, meanOfSquares, sumOfSquares } from './ops/sums.ts';
