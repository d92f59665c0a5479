import sharp, { type Sharp } from 'sharp';
import { ImpastoError } from '../errors.ts';
import { luminance } from './colour.ts';
import { type InputFormat, recognise } from './formats.ts';
import type { Picture } from './picture.ts';
import { fitWithin, resizePicture, type Size } from './resize.ts';

/** What a picture may be at most, checked before it is decoded. */
export interface Limits {
  /** Width × height, in pixels; default 50 million. */
  readonly maxPixels?: number;
  /** Size of the file, in bytes; default 50 million. */
  readonly maxBytes?: number;
}

/** What a picture's header says. */
export interface PictureInfo extends Size {
  readonly format: InputFormat;
  readonly hasAlpha: boolean;
  readonly bitsPerSample: 8 | 16;
  /** Frames or pages; the first is used. */
  readonly pages: number;
}

/** Options of {@link decodePicture}. */
export interface DecodeOptions {
  readonly limits?: Limits;
  /** Longer side of the decoded picture, in pixels; by default the picture's own. */
  readonly fit?: number;
  /** Whether a picture smaller than `fit` is enlarged to it; default false. */
  readonly enlarge?: boolean;
}

const DEFAULT_LIMITS = { maxPixels: 50_000_000, maxBytes: 50_000_000 } as const satisfies Limits;
/** Below this the networks see nothing, in pixels. */
const MIN_SIDE = 16;

/**
 * Reads a picture's header and checks it against the limits, without decoding a pixel. JPEG, PNG, WebP, AVIF,
 * TIFF and GIF are accepted, told apart by content. Width and height are as seen: EXIF orientation is applied.
 *
 * @throws ImpastoError `empty-picture`, `not-a-picture`, `unsupported-picture`, `truncated-picture`,
 *   `picture-too-large`, `picture-too-small`
 */
export async function inspectPicture(bytes: Uint8Array, limits: Limits = {}): Promise<PictureInfo> {
  const { maxPixels, maxBytes } = { ...DEFAULT_LIMITS, ...limits };
  if (bytes.length === 0) {
    throw new ImpastoError('empty-picture', 'The picture is empty: it has zero bytes.', {
      advice: 'Save or send it again.',
    });
  }
  if (bytes.length > maxBytes) throw tooLarge(`${megabytes(bytes.length)} MB`, `${megabytes(maxBytes)} MB`);
  const format = acceptedFormat(bytes);
  const info = await header(bytes, format);
  const { width, height } = info;
  if (width * height > maxPixels) {
    throw tooLarge(`${width}×${height} pixels`, `${(maxPixels / 1e6).toFixed(1)} megapixels`);
  }
  if (Math.min(width, height) < MIN_SIDE) {
    throw new ImpastoError('picture-too-small', `The picture has only ${width}×${height} pixels.`, {
      advice: `Use one with at least ${MIN_SIDE} pixels on each side.`,
    });
  }
  return info;
}

/**
 * Decodes a picture to planar sRGB. EXIF orientation is applied; ICC profiles, CMYK, greyscale, palettes and 16
 * bits are converted; all metadata is left behind. Opacity is kept unless every pixel is opaque.
 *
 * @throws ImpastoError what {@link inspectPicture} throws
 */
export async function decodePicture(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Picture> {
  const { limits = {}, fit, enlarge = false } = options;
  const info = await inspectPicture(bytes, limits);
  const longer = Math.max(info.width, info.height);
  const resize = fit !== undefined && (enlarge || fit < longer);
  const target = resize ? fitWithin(info.width, info.height, fit) : undefined;
  try {
    const pipeline = open(bytes).autoOrient();
    if (target) pipeline.resize({ ...target, fit: 'fill', kernel: 'lanczos3' });
    // Only a file that has 16 bits is read with 16: libvips widens 8 bits by 256, so that white is not full.
    const deep = info.bitsPerSample > 8;
    const { data, info: raw } = await pipeline
      .toColourspace(deep ? 'rgb16' : 'srgb')
      .raw({ depth: deep ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const samples = deep ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
    return planar(samples, deep ? 65535 : 255, raw.width, raw.height, raw.channels);
  } catch (cause) {
    throw damaged(info.format, cause);
  }
}

/** A mask and whether it had to be resized. */
export interface Mask {
  /** Luminance times opacity, height × width, in [0, 1]. */
  readonly mask: Float32Array;
  readonly resized: boolean;
}

/**
 * Decodes a mask picture for a photograph of the given size.
 *
 * @throws ImpastoError what {@link inspectPicture} throws
 */
export async function decodeMask(
  bytes: Uint8Array,
  width: number,
  height: number,
  limits: Limits = {},
): Promise<Mask> {
  const picture = await decodePicture(bytes, { limits });
  const resized = picture.width !== width || picture.height !== height;
  const { rgb, alpha } = resizePicture(picture, width, height);
  const mask = luminance(rgb);
  return { mask: alpha ? mask.map((value, at) => value * (alpha[at] as number)) : mask, resized };
}

function acceptedFormat(bytes: Uint8Array): InputFormat {
  const recognised = recognise(bytes);
  if (recognised?.format) return recognised.format;
  const advice = 'Use a JPEG, PNG, WebP, AVIF, TIFF or GIF.';
  if (recognised) {
    throw new ImpastoError('unsupported-picture', `${recognised.name} pictures are not accepted.`, {
      advice,
    });
  }
  throw new ImpastoError('not-a-picture', 'This is not a picture in a known format.', { advice });
}

/** The limit on pixels is checked on the header by the caller; libvips' own would hide the size. */
function open(bytes: Uint8Array): Sharp {
  return sharp(bytes, { failOn: 'error', limitInputPixels: false });
}

async function header(bytes: Uint8Array, format: InputFormat): Promise<PictureInfo> {
  try {
    const { autoOrient, hasAlpha, pages = 1, pageHeight, depth } = await open(bytes).metadata();
    return {
      format,
      width: autoOrient.width,
      height: pageHeight ?? autoOrient.height,
      hasAlpha,
      bitsPerSample: depth === 'uchar' ? 8 : 16,
      pages,
    };
  } catch (cause) {
    throw damaged(format, cause);
  }
}

/** Interleaved samples to planes; grey is spread over three. */
function planar(
  samples: ArrayLike<number>,
  white: number,
  width: number,
  height: number,
  channels: number,
): Picture {
  const area = width * height;
  const colours = channels < 3 ? 1 : 3;
  const plane = (channel: number) =>
    Float32Array.from({ length: area }, (_, at) => (samples[at * channels + channel] as number) / white);
  const rgb = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) rgb.set(plane(channel % colours), channel * area);
  const alpha = channels > colours ? plane(colours) : undefined;
  const transparent = alpha?.some((value) => value < 1);
  return { width, height, rgb, ...(alpha && transparent && { alpha }) };
}

function tooLarge(actual: string, limit: string): ImpastoError {
  return new ImpastoError(
    'picture-too-large',
    `The picture is too large: ${actual}; the limit is ${limit}.`,
    {
      advice: 'Make it smaller and try again.',
    },
  );
}

function damaged(format: InputFormat, cause: unknown): ImpastoError {
  return new ImpastoError(
    'truncated-picture',
    `The ${format.toUpperCase()} picture is incomplete or damaged.`,
    {
      advice: 'Save or send it again, or convert it to PNG.',
      cause,
    },
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
