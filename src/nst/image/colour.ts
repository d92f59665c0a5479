import type { Picture } from './picture.ts';

/**
 * Keeping the photograph's colours: only the luminance is repainted, after Gatys et al. 2016, 'Preserving color
 * in neural artistic style transfer' (arXiv:1606.05897), section 4. Luminance is the Y of YIQ, as there, with
 * the weights of ITU-R BT.601 on the gamma-encoded values.
 */
const RED = 0.299;
const GREEN = 0.587;
const BLUE = 0.114;

/** The luminance plane (height × width) of planar RGB (3 × height × width); white is 1. */
export function luminance(rgb: Float32Array): Float32Array {
  const area = rgb.length / 3;
  const result = new Float32Array(area);
  for (let at = 0; at < area; at++) {
    result[at] = RED * rgb[at] + GREEN * rgb[area + at] + BLUE * rgb[2 * area + at];
  }
  return result;
}

/** The values, limited to [0, 1]. */
export function clamped(values: Float32Array): Float32Array {
  return values.map((value) => Math.min(1, Math.max(0, value)));
}

/** The picture with every colour replaced by its luminance, still as three planes; opacity is kept. */
export function greyscale(picture: Picture): Picture {
  const grey = luminance(picture.rgb);
  const rgb = new Float32Array(picture.rgb.length);
  for (let channel = 0; channel < 3; channel++) rgb.set(grey, channel * grey.length);
  return { ...picture, rgb };
}

/**
 * The values, changed so that they are distributed as the reference's: the p-th quantile becomes the reference's
 * p-th quantile, interpolated where the lengths differ. Monotone, and equal values stay equal, so that flat areas
 * do not turn to noise. The paper matches only mean and deviation, which can leave [0, 1]; this cannot.
 */
export function matchHistogram(values: Float32Array, reference: Float32Array): Float32Array {
  const sorted = values.slice().sort();
  const target = reference.slice().sort();
  const last = sorted.length - 1;
  const distinct: number[] = [];
  const mapped: number[] = [];
  for (let start = 0; start <= last; ) {
    let end = start;
    while (end < last && sorted[end + 1] === sorted[start]) end++;
    distinct.push(sorted[start]);
    mapped.push(quantile(target, last === 0 ? 0.5 : (start + end) / 2 / last));
    start = end + 1;
  }
  return values.map((value) => mapped[indexOfSorted(distinct, value)]);
}

function quantile(sorted: Float32Array, p: number): number {
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/** Where a value lies in ascending values that contain it. */
function indexOfSorted(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The content's chroma (the I and Q of YIQ) with another luminance (height × width, limited to [0, 1]). A colour
 * that would leave [0, 1] is desaturated until it fits, which keeps its hue and its luminance.
 */
export function withLuminance(content: Picture, luma: Float32Array): Picture {
  const own = luminance(content.rgb);
  const area = own.length;
  const rgb = new Float32Array(content.rgb.length);
  for (let at = 0; at < area; at++) {
    const target = Math.min(1, Math.max(0, luma[at]));
    let saturation = 1;
    for (let value = at; value < rgb.length; value += area) {
      const chroma = content.rgb[value] - own[at];
      if (target + chroma > 1) saturation = Math.min(saturation, (1 - target) / chroma);
      if (target + chroma < 0) saturation = Math.min(saturation, -target / chroma);
    }
    for (let value = at; value < rgb.length; value += area) {
      rgb[value] = target + saturation * (content.rgb[value] - own[at]);
    }
  }
  return { ...content, rgb };
}
