import sharp, { type Sharp } from 'sharp';
import { ImpastoError } from '../errors.ts';
import { luminance } from './colour.ts';
import { type InputFormat, recognise } from './formats.ts';
import type { Picture } from './picture.ts';
import { fitWithin, resizePicture, type Size } from './resize.ts';
import { fillTransparent } from './transparency.ts';

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
/** A decoder's own reduction, which is coarse, goes no further than to twice the size asked for. */
const REDUCTION = { fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false } as const;

/**
 * Reads a picture's header and checks it against the limits, without decoding a pixel. JPEG, PNG, WebP, AVIF,
 * TIFF and GIF are accepted, told apart by content. Width and height are as seen: EXIF orientation is applied.
 *
 * @throws ImpastoError `empty-picture`, `not-a-picture`, `unsupported-picture`, `truncated-picture`,
 *   `picture-too-large`, `picture-too-small`
 */
export async function inspectPicture(bytes: Uint8Array, limits: Limits = {}): Promise<PictureInfo> {
  const { info } = await examine(bytes, limits);
  return info;
}

/** A picture's header, and what it takes to decode it. */
interface Examined {
  readonly info: PictureInfo;
  /** Value of a full 16-bit sample; without it, the picture is decoded to 8 bits. */
  readonly white16: number | undefined;
  /** Whether libvips' result is in Display P3 rather than sRGB. */
  readonly wide: boolean;
}

async function examine(bytes: Uint8Array, limits: Limits): Promise<Examined> {
  const { maxPixels, maxBytes } = { ...DEFAULT_LIMITS, ...limits };
  if (bytes.length === 0) {
    throw new ImpastoError('empty-picture', 'The picture is empty: it has zero bytes.', {
      advice: 'Save or send it again.',
    });
  }
  if (bytes.length > maxBytes) throw tooLarge(`${megabytes(bytes.length)} MB`, `${megabytes(maxBytes)} MB`);
  const format = acceptedFormat(bytes);
  const examined = await header(bytes, format);
  const { width, height } = examined.info;
  if (width * height > maxPixels) {
    throw tooLarge(`${width}×${height} pixels`, `${(maxPixels / 1e6).toFixed(1)} megapixels`);
  }
  if (Math.min(width, height) < MIN_SIDE) {
    throw new ImpastoError('picture-too-small', `The picture has only ${width}×${height} pixels.`, {
      advice: `Use one with at least ${MIN_SIDE} pixels on each side.`,
    });
  }
  return examined;
}

/**
 * Decodes a picture to planar sRGB. EXIF orientation is applied; ICC profiles, CMYK, greyscale, palettes and 16
 * bits are converted; all metadata is left behind. Opacity is kept unless every pixel is opaque.
 *
 * @throws ImpastoError what {@link inspectPicture} throws
 */
export async function decodePicture(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Picture> {
  const { limits = {}, fit, enlarge = false } = options;
  const examined = await examine(bytes, limits);
  const { width, height } = examined.info;
  const resize = fit !== undefined && (enlarge || fit < Math.max(width, height));
  return decodeAt(bytes, examined, resize ? fitWithin(width, height, fit) : { width, height });
}

/**
 * Reduces while decoding, so that a large photograph is never held as floats at its own size. Enlarges afterwards:
 * libvips' enlargement shifts by half a pixel.
 */
async function decodeAt(bytes: Uint8Array, examined: Examined, target: Size): Promise<Picture> {
  const { info, white16, wide } = examined;
  const width = Math.min(info.width, target.width);
  const height = Math.min(info.height, target.height);
  const pipeline = open(bytes)
    .autoOrient()
    .resize({ width, height, ...REDUCTION });
  if (wide) pipeline.withIccProfile('srgb');
  // Only a file that has 16 bits is read with 16: libvips widens dark 8-bit values inexactly.
  pipeline.toColourspace(white16 ? 'rgb16' : 'srgb').raw({ depth: white16 ? 'ushort' : 'uchar' });
  const { data, info: raw } = await pipeline.toBuffer({ resolveWithObject: true }).catch((cause) => {
    throw damaged(info.format, cause);
  });
  const samples = white16 ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
  const decoded = planar(samples, white16 ?? 255, width, height, raw.channels);
  if (width === target.width && height === target.height) return decoded;
  const { alpha } = decoded;
  const filled = { ...fillTransparent(decoded), ...(alpha && { alpha }) };
  return resizePicture(filled, target.width, target.height);
}

/** A mask and whether it had to be resized. */
export interface Mask {
  /** Luminance times opacity, height × width, in [0, 1]. */
  readonly mask: Float32Array;
  readonly resized: boolean;
}

/**
 * Decodes a mask picture for a photograph of the given size; another size is stretched to it.
 *
 * @throws ImpastoError what {@link inspectPicture} throws
 */
export async function decodeMask(
  bytes: Uint8Array,
  width: number,
  height: number,
  limits: Limits = {},
): Promise<Mask> {
  const examined = await examine(bytes, limits);
  const { rgb, alpha } = await decodeAt(bytes, examined, { width, height });
  const mask = luminance(rgb);
  return {
    mask: alpha ? mask.map((value, at) => value * alpha[at]) : mask,
    resized: examined.info.width !== width || examined.info.height !== height,
  };
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

async function header(bytes: Uint8Array, format: InputFormat): Promise<Examined> {
  try {
    const metadata = await open(bytes).metadata();
    const { autoOrient, hasAlpha, hasProfile, pages = 1, space, bitsPerSample: bits = 16 } = metadata;
    const deep = space === 'rgb16' || space === 'grey16';
    return {
      info: { format, ...autoOrient, hasAlpha, bitsPerSample: deep ? 16 : 8, pages },
      // The 10 and 12 bits of AVIF are the upper ones of 16.
      white16: deep ? (2 ** bits - 1) * 2 ** (16 - bits) : undefined,
      wide: space === 'rgb16' && hasProfile,
    };
  } catch (cause) {
    throw damaged(format, cause);
  }
}

/** Interleaved samples to planes; opacity stays only where a pixel is not opaque. */
function planar(
  samples: Uint8Array | Uint16Array,
  white: number,
  width: number,
  height: number,
  channels: number,
): Picture {
  const area = width * height;
  const rgb = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    copyPlane(samples, channel, channels, white, rgb.subarray(channel * area, (channel + 1) * area));
  }
  if (channels < 4) return { width, height, rgb };
  const alpha = new Float32Array(area);
  copyPlane(samples, 3, channels, white, alpha);
  return alpha.some((value) => value < 1) ? { width, height, rgb, alpha } : { width, height, rgb };
}

function copyPlane(
  samples: Uint8Array | Uint16Array,
  channel: number,
  channels: number,
  white: number,
  plane: Float32Array,
): void {
  for (let at = 0; at < plane.length; at++) {
    plane[at] = Math.min(1, samples[at * channels + channel] / white);
  }
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
