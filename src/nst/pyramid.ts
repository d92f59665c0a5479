import { fitWithin, type Size } from './image/resize.ts';
import type { Method } from './losses/settings.ts';
import type { StylizeSettings } from './settings.ts';

/** A run of the optimiser at one resolution of the coarse-to-fine pyramid, towards one aim. */
export interface Pass extends Size {
  /** Of the resolution, 1 for the coarsest. */
  readonly level: number;
  readonly levels: number;
  /** Evaluations to spend on it. */
  readonly iterations: number;
}

/** Each level gets this share of the evaluations of the next coarser one: they cost about four times as much. */
const SHARE: Readonly<Record<Method, number>> = { gatys: 0.5, neighbour: 0.65, mix: 0.65 };
/**
 * How often a level before the finest is gone over: places are matched anew with what the first pass has made of them.
 * At the finest one a second beginning costs more than it gives.
 */
const PASSES: Readonly<Record<Method, number>> = { gatys: 1, neighbour: 2, mix: 2 };

/**
 * The passes of a painting, coarsest level first: sides grow from `minSize` to `size` in equal steps of at most two.
 * Large strokes are laid at the coarse levels, where they are cheap; the fine ones add detail
 * (Gatys et al. 2017, “Controlling perceptual factors in neural style transfer”, arXiv:1611.07865, section 6).
 */
export function planPasses(photograph: Size, settings: StylizeSettings): Pass[] {
  const { size, minSize, iterations, method } = settings;
  const steps = Math.min(Math.ceil(Math.log2(size / minSize)), iterations - 1);
  const sides = Array.from({ length: steps + 1 }, (_, i) =>
    Math.round(steps === 0 ? size : minSize * (size / minSize) ** (i / steps)),
  );
  const counts = allot(iterations, sides.length, SHARE[method]);
  return sides.flatMap((side, index) => {
    const evaluations = counts[index] as number;
    // The first evaluation of a pass is where it begins: with that alone, nothing would change.
    const finest = index === sides.length - 1;
    const passes = finest ? 1 : Math.max(1, Math.min(PASSES[method], evaluations >> 1));
    const level = { ...fitWithin(photograph.width, photograph.height, side), level: index + 1 };
    return Array.from({ length: passes }, (_, pass) => ({
      ...level,
      levels: sides.length,
      iterations: Math.ceil((evaluations - pass) / passes),
    }));
  });
}

/** Splits a whole number into shares in geometric progression, each at least 1; the largest makes up for rounding. */
function allot(total: number, levels: number, share: number): number[] {
  const weights = Array.from({ length: levels }, (_, level) => share ** level);
  const sum = weights.reduce((a, b) => a + b, 0);
  const spare = total - levels;
  const counts = weights.map((weight) => 1 + Math.floor((spare * weight) / sum));
  counts[0] = (counts[0] as number) + total - counts.reduce((a, b) => a + b, 0);
  return counts;
}
