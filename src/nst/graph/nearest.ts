import { argMax, constant, input, matmul, rowMax } from './operations.ts';
import type { Tensor } from './tensor.ts';

/** Columns of equal length, one after the other in memory row by row: dimensions × count. */
export interface Columns {
  readonly dimensions: number;
  readonly count: number;
  /** dimensions × count, row-major. */
  readonly data: Float32Array;
}

/**
 * The search of the candidate with the largest product for each of so many queries, as a graph with the input
 * `queries` (dimensions × rows).
 */
export function nearestGraph(candidates: Columns, rows: number): { index: Tensor; similarity: Tensor } {
  const { dimensions, count, data } = candidates;
  const queries = input('queries', [dimensions, rows]);
  const scores = matmul(queries, constant(data, [dimensions, count]), { transposeA: true });
  return { index: argMax(scores), similarity: rowMax(scores) };
}
