import { ImpastoError } from '../errors.ts';
import { type InputFormat, recognise } from './formats.ts';
import sharp, { type Sharp } from './libvips.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import type { Raster } from './raster.ts';
import { fitWithin, type Size } from './resize.ts';

/** What a picture's header says; the size is the upright picture's own, whatever it is reduced to. */
export interface PictureInfo extends Size {
  readonly format: InputFormat;
  readonly hasAlpha: boolean;
  readonly bitsPerSample: 8 | 16;
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

/**
 * Decodes a foreign file once, whole, to upright 8-bit sRGB. Orientation is applied; ICC profiles, CMYK, greyscale,
 * palettes and deep samples are converted; all metadata is left behind.
 *
 * @throws ImpastoError what {@link inspectPicture} throws
 */
export async function normalisePicture(
  bytes: Uint8Array,
  { limits = {}, longerSide }: NormaliseOptions = {},
): Promise<Normalised> {
  const { info, wide } = await examine(bytes, limits);
  const reduced = longerSide !== undefined && longerSide < Math.max(info.width, info.height);
  const target = reduced ? fitWithin(info.width, info.height, longerSide) : info;
  const pipeline = open(bytes)
    .autoOrient()
    .resize({ width: target.width, height: target.height, ...REDUCTION });
  if (wide) pipeline.withIccProfile('srgb');
  const { data, info: raw } = await pipeline
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause) => {
      throw damaged(info.format, cause);
    });
  const { width, height, channels } = raw;
  const notices = info.pages > 1 ? [`It is an animation of ${info.pages} frames; the first is used.`] : [];
  return { raster: { width, height, channels: channels as 3 | 4, data }, info, notices };
}

interface Examined {
  readonly info: PictureInfo;
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
    const { autoOrient, hasAlpha, hasProfile, pages = 1, space } = await open(bytes).metadata();
    const deep = space === 'rgb16' || space === 'grey16';
    return {
      info: { format, ...autoOrient, hasAlpha, bitsPerSample: deep ? 16 : 8, pages },
      wide: space === 'rgb16' && hasProfile,
    };
  } catch (cause) {
    throw damaged(format, cause);
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
