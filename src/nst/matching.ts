import type { Columns } from './graph/nearest.ts';
import { mean } from './vector.ts';

/** Arithmetic on places, which are columns of features, and their matching. */

/** The named columns, in their order. */
export function pick({ dimensions, count, data }: Columns, columns: Int32Array): Columns {
  const result = new Float32Array(dimensions * columns.length);
  for (let d = 0, at = 0; d < dimensions; d++)
    for (let i = 0; i < columns.length; i++)
      result[at++] = data[d * count + (columns[i] as number)] as number;
  return { dimensions, count: columns.length, data: result };
}

/**
 * Matrices with the same number of columns, one below the other, each times its factor (1 by default); always a new one.
 */
export function stack(parts: readonly Columns[], factors: readonly number[] = []): Columns {
  const { count } = parts[0] as Columns;
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  parts.forEach((part, index) => {
    const factor = factors[index] ?? 1;
    for (const value of part.data) data[at++] = factor * value;
  });
  return { dimensions: data.length / count, count, data };
}

/** Matrices with the same number of rows, one beside the other. */
export function beside(parts: readonly Columns[]): Columns {
  if (parts.length === 1) return parts[0] as Columns;
  const { dimensions } = parts[0] as Columns;
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const data = new Float32Array(dimensions * count);
  let left = 0;
  for (const part of parts) {
    for (let d = 0; d < dimensions; d++)
      data.set(part.data.subarray(d * part.count, (d + 1) * part.count), d * count + left);
    left += part.count;
  }
  return { dimensions, count, data };
}

/**
 * Takes the mean of all columns from each and scales it to length 1, in place: places are many. A column that does not
 * differ from the mean becomes 0.
 */
export function turnIntoDirections(columns: Columns): Columns {
  const { count, data } = columns;
  const lengths = distancesFromMean([columns]);
  for (let from = 0; from < data.length; from += count) {
    const row = data.subarray(from, from + count);
    const middle = mean(row);
    for (let i = 0; i < count; i++) {
      const length = lengths[i] as number;
      row[i] = length > 1e-6 ? ((row[i] as number) - middle) / length : 0;
    }
  }
  return columns;
}

/** How far each column of stacked matrices, each times its factor (1 by default), is from the mean of all columns. */
export function distancesFromMean(parts: readonly Columns[], factors: readonly number[] = []): Float32Array {
  const squares = new Float64Array(parts[0]?.count ?? 0);
  for (const [index, { count, data }] of parts.entries()) {
    const square = (factors[index] ?? 1) ** 2;
    for (let from = 0; from < data.length; from += count) {
      const row = data.subarray(from, from + count);
      const middle = mean(row);
      for (let i = 0; i < count; i++)
        squares[i] = (squares[i] as number) + square * ((row[i] as number) - middle) ** 2;
    }
  }
  return Float32Array.from(squares, Math.sqrt);
}

/** Where each value stands among all, from 0 for the smallest to 1 for the largest; equal values stand alike. */
export function ranks(values: Float32Array): Float32Array {
  const sorted = values.slice().sort();
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  sorted.forEach((value, index) => {
    if (!first.has(value)) first.set(value, index);
    last.set(value, index);
  });
  const middle = (value: number) => ((first.get(value) as number) + (last.get(value) as number)) / 2;
  return values.map((value) => (values.length > 1 ? middle(value) / (values.length - 1) : 0.5));
}

/** Indices of at most so many of `count` things, evenly spread, in order. */
export function evenly(count: number, most: number): Int32Array {
  const taken = Math.min(count, most);
  return Int32Array.from({ length: taken }, (_, i) => Math.floor(((i + 0.5) * count) / taken));
}

/**
 * Chooses one of several offers for each place, so that each offer is chosen as often as its share says, and so that
 * the places lose little similarity by it, none of it in vain where there are two offers: whoever would lose most by the
 * second best offer chooses first (Vogel's approximation), until an offer is used up.
 *
 * @param similarities - of each offer, at each place.
 * @param shares - of each offer, summing to 1; one of 0 is never chosen.
 * @returns the offer of each place.
 */
export function apportion(similarities: readonly Float32Array[], shares: readonly number[]): Uint32Array {
  const count = similarities[0]?.length ?? 0;
  const chosen = new Uint32Array(count);
  const left = quotas(count, shares);
  let places = Uint32Array.from({ length: count }, (_, place) => place);
  while (places.length > 0) {
    const open = left.flatMap((quota, offer) => (quota > 0 ? [offer] : []));
    const best = new Uint32Array(count);
    const losses = new Float32Array(count);
    for (const place of places) {
      let [first, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const offer of open) {
        const value = similarities[offer]?.[place] as number;
        if (value > first) [first, second, best[place]] = [value, first, offer];
        else if (value > second) second = value;
      }
      losses[place] = first - second;
    }
    places.sort((a, b) => (losses[b] as number) - (losses[a] as number));
    let served = 0;
    for (let full = false; !full && served < places.length; served++) {
      const place = places[served] as number;
      const offer = best[place] as number;
      chosen[place] = offer;
      left[offer] = (left[offer] as number) - 1;
      full = left[offer] === 0;
    }
    places = places.subarray(served);
  }
  return chosen;
}

/** Whole numbers that sum to `count` and are in proportion to shares; the largest remainders are rounded up. */
function quotas(count: number, shares: readonly number[]): number[] {
  const whole = shares.map((share) => Math.floor(share * count));
  const missing = count - whole.reduce((a, b) => a + b, 0);
  const remainders = shares.map((share, offer) => ({
    offer,
    remainder: share * count - (whole[offer] as number),
  }));
  remainders.sort((a, b) => b.remainder - a.remainder);
  for (const { offer } of remainders.slice(0, missing)) whole[offer] = (whole[offer] as number) + 1;
  return whole;
}
