import { luminance } from './colour.ts';
import type { Picture } from './picture.ts';
import { type Raster, reduce } from './raster.ts';
import { fitWithin, resizePicture } from './resize.ts';
import { fillTransparent } from './transparency.ts';

/** Options of {@link pictureOf}. */
export interface FitOptions {
  /** Longer side of the picture, in pixels; by default the raster's own. */
  readonly fit?: number;
  /** Whether a raster smaller than `fit` is enlarged to it; default false. */
  readonly enlarge?: boolean;
}

/** A raster in the planar form that the networks take. Opacity is kept unless every pixel is opaque. */
export function pictureOf(raster: Raster, { fit, enlarge = false }: FitOptions = {}): Promise<Picture> {
  const { width, height } = raster;
  const resize = fit !== undefined && (enlarge || fit < Math.max(width, height));
  const target = resize ? fitWithin(width, height, fit) : { width, height };
  return pictureAt(raster, target.width, target.height);
}

/** A mask and whether it had to be resized. */
export interface Mask {
  /** Luminance times opacity, height × width, in [0, 1]. */
  readonly mask: Float32Array;
  readonly resized: boolean;
}

/** A raster as the mask of a photograph of the given size; another size is stretched to it. */
export async function maskOf(raster: Raster, width: number, height: number): Promise<Mask> {
  const { rgb, alpha } = await pictureAt(raster, width, height);
  const mask = luminance(rgb);
  return {
    mask: alpha ? mask.map((value, at) => value * (alpha[at] as number)) : mask,
    resized: raster.width !== width || raster.height !== height,
  };
}

/**
 * Reduces as 8-bit samples, so that a large photograph is never held as floats at its own size; enlarges as floats:
 * libvips' enlargement shifts by half a pixel.
 */
async function pictureAt(raster: Raster, width: number, height: number): Promise<Picture> {
  const reduced = await reduce(raster, Math.min(raster.width, width), Math.min(raster.height, height));
  const picture = planar(reduced);
  if (picture.width === width && picture.height === height) return picture;
  const { alpha } = picture;
  return resizePicture({ ...fillTransparent(picture), ...(alpha && { alpha }) }, width, height);
}

/** Interleaved samples to planes; opacity stays only where a pixel is not opaque. */
function planar({ width, height, channels, data }: Raster): Picture {
  const area = width * height;
  const rgb = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    copyPlane(data, channel, channels, rgb.subarray(channel * area, (channel + 1) * area));
  }
  if (channels < 4) return { width, height, rgb };
  const alpha = new Float32Array(area);
  copyPlane(data, 3, channels, alpha);
  return alpha.some((value) => value < 1) ? { width, height, rgb, alpha } : { width, height, rgb };
}

function copyPlane(samples: Uint8Array, channel: number, channels: number, plane: Float32Array): void {
  for (let at = 0; at < plane.length; at++) plane[at] = (samples[at * channels + channel] as number) / 255;
}
