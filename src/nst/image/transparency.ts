import type { Picture } from './picture.ts';

/**
 * Opacity from which a pixel's own colour is trusted. Below it, colours are the quotient of two coarsely rounded
 * numbers and give way to their neighbours'.
 */
const TRUSTED_OPACITY = 0.25;

/**
 * An opaque picture in which transparent regions continue the colours around them, so that what a file happens
 * to hold under its transparent pixels does not reach the style. Colours at least a quarter opaque are kept.
 *
 * Push-pull over a pyramid: each level averages 2 × 2 pixels weighted by trust; on the way back, what a level
 * lacks comes from the coarser one. A picture without any opaque pixel becomes mid-grey.
 */
export function fillTransparent(picture: Picture): Picture {
  const { width, height, rgb, alpha } = picture;
  if (alpha === undefined) return picture;
  const trust = alpha.map((value) => Math.min(1, value / TRUSTED_OPACITY));
  const filled = new Float32Array(rgb.length);
  for (let channel = 0; channel < 3; channel++) {
    const plane = rgb.subarray(channel * alpha.length, (channel + 1) * alpha.length);
    filled.set(fill({ width, height, values: plane, trust }), channel * alpha.length);
  }
  return { width, height, rgb: filled };
}

/** One plane on one level of the pyramid; trust is in [0, 1]. */
interface Level {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
  readonly trust: Float32Array;
}

function fill(level: Level): Float32Array {
  const { width, height, values, trust } = level;
  if (width === 1 && height === 1) return Float32Array.of(trust[0] > 0 ? values[0] : 0.5);
  const coarser = halve(level);
  const backdrop = double(fill(coarser), coarser.width, coarser.height, width, height);
  return values.map((value, at) => trust[at] * value + (1 - trust[at]) * backdrop[at]);
}

function halve({ width, height, values, trust }: Level): Level {
  const halfWidth = Math.ceil(width / 2);
  const halfHeight = Math.ceil(height / 2);
  const sums = new Float32Array(halfWidth * halfHeight);
  const weights = new Float32Array(halfWidth * halfHeight);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = row * width + column;
      const to = (row >> 1) * halfWidth + (column >> 1);
      sums[to] += trust[from] * values[from];
      weights[to] += trust[from];
    }
  }
  return {
    width: halfWidth,
    height: halfHeight,
    values: sums.map((sum, at) => (weights[at] > 0 ? sum / weights[at] : 0)),
    trust: weights.map((weight) => Math.min(1, weight)),
  };
}

/** Bilinear: a fine pixel lies a quarter of a coarse pixel from the centre of the one that covers it. */
function double(
  coarse: Float32Array,
  coarseWidth: number,
  coarseHeight: number,
  width: number,
  height: number,
) {
  const result = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    const near = (row >> 1) * coarseWidth;
    const far = neighbour(row, coarseHeight) * coarseWidth;
    for (let column = 0; column < width; column++) {
      const left = column >> 1;
      const right = neighbour(column, coarseWidth);
      result[row * width + column] =
        0.75 * (0.75 * coarse[near + left] + 0.25 * coarse[near + right]) +
        0.25 * (0.75 * coarse[far + left] + 0.25 * coarse[far + right]);
    }
  }
  return result;
}

/** The coarse pixel, other than its own, that a fine pixel lies closest to. */
function neighbour(fine: number, coarseLength: number): number {
  const other = (fine >> 1) + (fine % 2 === 0 ? -1 : 1);
  return Math.min(coarseLength - 1, Math.max(0, other));
}

/**
 * `top` over `base` where the mask (height × width values in [0, 1]) is 1, `base` where it is 0, linearly
 * between them. The pictures have the same size; the opacity is the base's.
 */
export function composite(base: Picture, top: Picture, mask: Float32Array): Picture {
  const rgb = base.rgb.map((value, at) => value + mask[at % mask.length] * (top.rgb[at] - value));
  return { ...base, rgb };
}
