import type { Picture } from './picture.ts';

/** A size in whole pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size with the same proportions whose longer side is `longerSide` pixels; no side falls below 1. */
export function fitWithin(width: number, height: number, longerSide: number): Size {
  const scale = longerSide / Math.max(width, height);
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/**
 * Resamples a picture with Lanczos-3, widened by the factor of reduction so that nothing aliases. Pixels are
 * areas: the centre of the first lies at 0.5, so the picture does not shift. The kernel's overshoot beside hard
 * edges is cut at the range of the plane it occurs in. Opacity is resampled like a colour and apart from them:
 * where a picture's transparent pixels hold arbitrary colours, call fillTransparent first.
 *
 * libvips is not used here because its enlargement shifts by half a pixel and its reduction rounds its weights.
 */
export function resizePicture(picture: Picture, width: number, height: number): Picture {
  if (picture.width === width && picture.height === height) return picture;
  const columns = kernel(picture.width, width);
  const rows = kernel(picture.height, height);
  const area = picture.width * picture.height;
  const rgb = new Float32Array(3 * width * height);
  for (let channel = 0; channel < 3; channel++) {
    const plane = picture.rgb.subarray(channel * area, (channel + 1) * area);
    rgb.set(resizePlane(plane, picture.width, columns, rows), channel * width * height);
  }
  if (picture.alpha === undefined) return { width, height, rgb };
  return { width, height, rgb, alpha: resizePlane(picture.alpha, picture.width, columns, rows) };
}

/** For each output sample, the input samples it is made of: `taps` indices and weights that sum to 1. */
interface Kernel {
  readonly length: number;
  readonly taps: number;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

const LOBES = 3;

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= LOBES) return 0;
  const angle = Math.PI * x;
  return (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / (angle * angle);
}

function kernel(from: number, to: number): Kernel {
  const widening = Math.max(1, from / to);
  const reach = Math.ceil(LOBES * widening);
  const taps = 2 * reach + 1;
  const indices = new Int32Array(to * taps);
  const weights = new Float64Array(to * taps);
  for (let sample = 0; sample < to; sample++) {
    const centre = ((sample + 0.5) * from) / to - 0.5;
    const first = Math.round(centre) - reach;
    const start = sample * taps;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const weight = lanczos((first + tap - centre) / widening);
      indices[start + tap] = Math.min(from - 1, Math.max(0, first + tap));
      weights[start + tap] = weight;
      sum += weight;
    }
    for (let tap = start; tap < start + taps; tap++) weights[tap] /= sum;
  }
  return { length: to, taps, indices, weights };
}

function resizePlane(plane: Float32Array, width: number, columns: Kernel, rows: Kernel): Float32Array {
  const result = resizeRows(resizeColumns(plane, width, columns), columns.length, rows);
  limitToRange(result, plane);
  return result;
}

function resizeColumns(plane: Float32Array, width: number, { length, taps, indices, weights }: Kernel) {
  const height = plane.length / width;
  const result = new Float32Array(height * length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < length; column++) {
      let sum = 0;
      for (let tap = column * taps; tap < (column + 1) * taps; tap++) {
        sum += weights[tap] * plane[row * width + indices[tap]];
      }
      result[row * length + column] = sum;
    }
  }
  return result;
}

/** Adds up whole rows, so that memory is read in order. */
function resizeRows(plane: Float32Array, width: number, { length, taps, indices, weights }: Kernel) {
  const result = new Float32Array(length * width);
  const sums = new Float64Array(width);
  for (let row = 0; row < length; row++) {
    sums.fill(0);
    for (let tap = row * taps; tap < (row + 1) * taps; tap++) {
      const source = indices[tap] * width;
      const weight = weights[tap];
      for (let column = 0; column < width; column++) sums[column] += weight * plane[source + column];
    }
    result.set(sums, row * width);
  }
  return result;
}

function limitToRange(values: Float32Array, source: Float32Array): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of source) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  for (let at = 0; at < values.length; at++) values[at] = Math.min(high, Math.max(low, values[at]));
}
