import { describe, expect, it } from 'vitest';
import type { Columns } from '../../src/nst/graph/nearest.ts';
import {
  apportion,
  beside,
  distancesFromMean,
  evenly,
  pick,
  ranks,
  stack,
  turnIntoDirections,
} from '../../src/nst/matching.ts';
import { randomValues } from '../support/numbers.ts';

/** A matrix from its rows. */
const matrix = (...rows: number[][]): Columns => ({
  dimensions: rows.length,
  count: rows[0]?.length ?? 0,
  data: Float32Array.from(rows.flat()),
});
const rounded = ({ dimensions, count, data }: Columns) => ({
  dimensions,
  count,
  data: Array.from(data, (value) => Number(value.toFixed(6)) + 0),
});

describe('columns', () => {
  const columns = matrix([1, 2, 3], [4, 5, 6]);

  it('are picked by their indices, in the order given and as often', () => {
    expect(pick(columns, Int32Array.of(2, 0, 2))).toEqual(matrix([3, 1, 3], [6, 4, 6]));
    expect(pick(columns, Int32Array.of())).toEqual({ dimensions: 2, count: 0, data: new Float32Array() });
  });

  it('are stacked one below the other', () => {
    expect(stack([columns, matrix([7, 8, 9])])).toEqual(matrix([1, 2, 3], [4, 5, 6], [7, 8, 9]));
    expect(stack([columns])).toEqual(columns);
  });

  it('are put one beside the other', () => {
    expect(beside([columns, matrix([7], [8])])).toEqual(matrix([1, 2, 3, 7], [4, 5, 6, 8]));
    expect(beside([columns])).toEqual(columns);
  });

  it('point away from their mean, and nowhere where they are the mean', () => {
    // The mean is (3, 4); from there to (6, 8), to (3, 4) and to (0, 0).
    const directions = turnIntoDirections(matrix([6, 3, 0], [8, 4, 0]));
    expect(rounded(directions)).toEqual(rounded(matrix([0.6, 0, -0.6], [0.8, 0, -0.8])));
    expect(turnIntoDirections(matrix([5, 5], [1, 1])).data).toEqual(new Float32Array(4));
    expect(turnIntoDirections(matrix([5], [1])).data).toEqual(new Float32Array(2));
  });
});

describe('ranks', () => {
  it('go from 0 for the smallest to 1 for the largest, and are alike for equals', () => {
    expect([...ranks(Float32Array.of(5, -1, 7, 0, 9))]).toEqual([0.5, 0, 0.75, 0.25, 1]);
    expect([...ranks(Float32Array.of(2, 2, 1, 2))]).toEqual([2 / 3, 2 / 3, 0, 2 / 3].map(Math.fround));
    expect([...ranks(Float32Array.of(3, 3, 3))]).toEqual([0.5, 0.5, 0.5]);
    expect([...ranks(Float32Array.of(4))]).toEqual([0.5]);
  });

  it('are of structure: of how far a column is from the mean of all', () => {
    const columns = { dimensions: 2, count: 3, data: Float32Array.of(0, 3, 0, 1, 5, 0) };
    // The mean is (1, 2).
    expect([...distancesFromMean([columns])]).toEqual(
      [Math.SQRT2, Math.sqrt(13), Math.sqrt(5)].map(Math.fround),
    );
  });
});

describe('things that are taken evenly', () => {
  it('are all where they are few', () => {
    expect([...evenly(3, 3)]).toEqual([0, 1, 2]);
    expect([...evenly(3, 10)]).toEqual([0, 1, 2]);
    expect([...evenly(0, 10)]).toEqual([]);
  });

  it('are spread from the beginning to the end, each once', () => {
    expect([...evenly(10, 2)]).toEqual([2, 7]);
    expect([...evenly(10, 4)]).toEqual([1, 3, 6, 8]);
    const taken = [...evenly(1000, 333)];
    expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b));
    expect(taken).toHaveLength(333);
    expect(Math.max(...taken)).toBeLessThan(1000);
  });
});

describe('places that are apportioned', () => {
  const counts = (chosen: Uint32Array, shares: readonly number[]) =>
    shares.map((_, offer) => chosen.filter((each) => each === offer).length);
  const offers = (shares: readonly number[], spread: number) =>
    shares.map((_, offer) => randomValues(1000, offer).map((value) => 0.2 * offer + spread * value));

  it.each<[number[], number]>([
    [[1], 0.3],
    [[0.5, 0.5], 0.3],
    [[0.5, 0.5], 1e-4],
    [[0.9, 0.1], 0.3],
    [[0.99, 0.01], 1e-3],
    [[1, 0], 0.3],
    [[0, 1], 1e-3],
    [[1 / 3, 1 / 3, 1 / 3], 0.3],
    [[0.5, 0, 0.3, 0.2], 0.05],
  ])('go to each offer by its share: %j', (shares, spread) => {
    const taken = counts(apportion(offers(shares, spread), shares), shares);
    taken.forEach((count, offer) => {
      expect(Math.abs(count - 1000 * (shares[offer] as number))).toBeLessThan(1);
    });
  });

  it('go to each by its share even where all offers are alike', () => {
    const same = randomValues(1000, 1);
    const shares = [0.25, 0.5, 0.25];
    expect(counts(apportion([same, same, same], shares), shares)).toEqual([250, 500, 250]);
    const [nothing, equal] = [new Float32Array(7), [1 / 3, 1 / 3, 1 / 3]];
    expect(counts(apportion([nothing, nothing, nothing], equal), equal).sort()).toEqual([2, 2, 3]);
  });

  it('go to the better offer, those that lose least by it to the other', () => {
    // The first offer is better everywhere, by 0.1, 0.4, 0.2 and 0.3.
    const similarities = [Float32Array.of(0.5, 0.6, 0.3, 0.7), Float32Array.of(0.4, 0.2, 0.1, 0.4)];
    expect([...apportion(similarities, [0.5, 0.5])]).toEqual([1, 0, 1, 0]);
    expect([...apportion(similarities, [0.75, 0.25])]).toEqual([1, 0, 0, 0]);
    expect([...apportion(similarities, [1, 0])]).toEqual([0, 0, 0, 0]);
    expect([...apportion(similarities, [0, 1])]).toEqual([1, 1, 1, 1]);
  });

  it('go to each of many more offers than a byte counts', () => {
    const offers = Array.from({ length: 257 }, (_, offer) => randomValues(257, offer));
    const shares = new Array<number>(257).fill(1 / 257);
    expect(counts(apportion(offers, shares), shares).every((count) => count === 1)).toBe(true);
  });

  it('are none where there are none', () => {
    expect(apportion([new Float32Array()], [1])).toHaveLength(0);
  });
});
