import { fitWithin, type Size } from './image/resize.ts';
import type { StylizeSettings } from './settings.ts';

/** One resolution of the coarse-to-fine pyramid. */
export interface Level extends Size {
  /** Evaluations to spend on it. */
  readonly iterations: number;
}

/** Each level gets this share of the evaluations of the next coarser one: they cost about four times as much. */
const SHARE = 0.5;

/**
 * The levels of a painting, coarsest first: sides grow from `minSize` to `size` in equal steps of at most two.
 * Large strokes are laid at the coarse levels, where they are cheap; the fine ones add detail
 * (Gatys et al. 2017, “Controlling perceptual factors in neural style transfer”, arXiv:1611.07865, section 6).
 */
export function planLevels(photograph: Size, settings: StylizeSettings): Level[] {
  const { size, minSize, iterations } = settings;
  const steps = Math.min(Math.ceil(Math.log2(size / minSize)), iterations - 1);
  const sides = Array.from({ length: steps + 1 }, (_, i) =>
    Math.round(steps === 0 ? size : minSize * (size / minSize) ** (i / steps)),
  );
  const counts = allot(iterations, sides.length);
  return sides.map((side, index) => ({
    ...fitWithin(photograph.width, photograph.height, side),
    iterations: counts[index] as number,
  }));
}

/** Splits a whole number into shares in geometric progression, each at least 1; the largest makes up for rounding. */
function allot(total: number, levels: number): number[] {
  const weights = Array.from({ length: levels }, (_, level) => SHARE ** level);
  const sum = weights.reduce((a, b) => a + b, 0);
  const spare = total - levels;
  const counts = weights.map((weight) => 1 + Math.floor((spare * weight) / sum));
  counts[0] = (counts[0] as number) + total - counts.reduce((a, b) => a + b, 0);
  return counts;
}
