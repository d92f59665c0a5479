import type { Header } from './containers/header.ts';
import { decode } from './decoder.ts';
import type { InputFormat } from './formats.ts';
import { checkBytes, checkHeader, type Limits } from './limits.ts';
import { onCanvas, type Raster, reduce, turn } from './raster.ts';
import { readHeader } from './recognise.ts';
import { fitWithin, type Size } from './resize.ts';

/** What a picture's header says; the size is the upright picture's own, whatever it is reduced to. */
export interface PictureInfo extends Size {
  readonly format: InputFormat;
  readonly hasAlpha: boolean;
  /** Bits of a sample in the file. */
  readonly bitsPerSample: number;
  /** Frames or pages; the first is used. */
  readonly pages: number;
}

/** Options of {@link normalisePicture}. */
export interface NormaliseOptions {
  readonly limits?: Limits;
  /** Longer side of the raster at most, in pixels: a larger picture is reduced while it is decoded. */
  readonly longerSide?: number;
}

/** A foreign picture, decoded once and for all. */
export interface Normalised {
  readonly raster: Raster;
  readonly info: PictureInfo;
  /** What its sender should know, as sentences that begin with “It”. */
  readonly notices: readonly string[];
}

/**
 * Reads a picture's header and checks it against the limits, without decoding a pixel. JPEG, PNG, WebP, AVIF, HEIC,
 * TIFF and GIF are accepted, told apart by structure; of several frames or pages, the first is meant.
 *
 * @throws ImpastoError `empty-picture`, `not-a-picture`, `unsupported-picture`, `truncated-picture`, and by limit
 *   `picture-too-large` (bytes), `too-many-pixels`, `picture-too-long`, `picture-too-small`, `picture-too-narrow`,
 *   `too-many-frames`, `too-many-pages`, `decoding-too-large`
 */
export function inspectPicture(bytes: Uint8Array, limits: Limits = {}): PictureInfo {
  return infoOf(examine(bytes, limits));
}

/**
 * Decodes a foreign file once, whole, to upright 8-bit sRGB. Orientation is applied; ICC profiles, CMYK, greyscale,
 * palettes and deep samples are converted; all metadata is left behind. Of an animation it is the first frame on its
 * canvas, as browsers show it.
 *
 * @throws ImpastoError what {@link inspectPicture} throws
 */
export async function normalisePicture(
  bytes: Uint8Array,
  { limits = {}, longerSide }: NormaliseOptions = {},
): Promise<Normalised> {
  const header = examine(bytes, limits);
  const { width, height, place, orientation } = header;
  const reduced = longerSide !== undefined && longerSide < Math.max(width, height);
  const target = reduced ? fitWithin(width, height, longerSide) : { width, height };
  const decoded = place
    ? await reduce(
        onCanvas(await decode(header, place), { width, height }, place),
        target.width,
        target.height,
      )
    : await decode(header, target);
  return { raster: await turn(decoded, orientation), info: infoOf(header), notices: noticesOf(header) };
}

function examine(bytes: Uint8Array, limits: Limits): Header {
  checkBytes(bytes.length, limits);
  const header = readHeader(bytes);
  checkHeader(header, limits);
  return header;
}

function infoOf({
  format,
  width,
  height,
  orientation,
  hasAlpha,
  bitsPerSample,
  pictures,
}: Header): PictureInfo {
  const size = orientation < 5 ? { width, height } : { width: height, height: width };
  return { format, ...size, hasAlpha, bitsPerSample, pages: pictures };
}

function noticesOf({ format, pictures, remarks = [] }: Header): string[] {
  if (pictures === 1) return [...remarks];
  const several = format === 'tiff' ? `It has ${pictures} pages` : `It is an animation of ${pictures} frames`;
  return [`${several}; the first is used.`, ...remarks];
}
