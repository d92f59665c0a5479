import { seededRandom } from '../../src/nst/random.ts';

export { relativeError } from '../../src/nst/vector.ts';

/** Numbers in (−1, 1), the same for the same seed. */
export function randomValues(length: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => 2 * random() - 1);
}
