import sharp from './libvips.ts';
import type { Limits } from './limits.ts';
import { normalisePicture } from './normalise.ts';
import type { Picture } from './picture.ts';
import { type FitOptions, type Mask, maskOf, pictureOf } from './planes.ts';
import { rasterOf } from './raster.ts';

/** Options of {@link decodePicture}. */
export interface DecodeOptions extends FitOptions {
  readonly limits?: Limits;
}

/**
 * Decodes a foreign picture file to planar sRGB.
 *
 * @throws ImpastoError what normalisePicture throws
 */
export async function decodePicture(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Picture> {
  const { limits = {}, fit } = options;
  const { raster } = await normalisePicture(bytes, { limits, ...(fit && { longerSide: fit }) });
  return pictureOf(raster, options);
}

/**
 * Decodes a foreign picture file as the mask of a photograph of the given size; another size is stretched to it.
 *
 * @throws ImpastoError what normalisePicture throws
 */
export async function decodeMask(
  bytes: Uint8Array,
  width: number,
  height: number,
  limits: Limits = {},
): Promise<Mask> {
  const { raster, info } = await normalisePicture(bytes, { limits, longerSide: 2 * Math.max(width, height) });
  const { mask } = await maskOf(raster, width, height);
  return { mask, resized: info.width !== width || info.height !== height };
}

/**
 * Decodes a picture that encodePicture() or another encoder of Impasto has made: it may be of any size, and
 * nothing about it is checked.
 */
export async function decodeOwn(bytes: Uint8Array): Promise<Picture> {
  return pictureOf(await rasterOf(sharp(bytes, { limitInputPixels: false }).toColourspace('srgb')));
}
