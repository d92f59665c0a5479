import { ImpastoError } from '../errors.ts';
import type { Header } from './containers/header.ts';
import { fitWithin, type Size } from './resize.ts';

/** What a picture may be at most, checked before it is decoded. */
export interface Limits {
  /** Size of the file, in bytes; default 50 million. */
  readonly maxBytes?: number;
  /** Width × height, in pixels; default 108 million, what the largest sensors of telephones give. */
  readonly maxPixels?: number;
  /** What a decoder must hold at once, in bytes, whatever the picture is reduced to; default 950 million. */
  readonly maxDecodedBytes?: number;
}

const DEFAULT_LIMITS = {
  maxBytes: 50_000_000,
  maxPixels: 108_000_000,
  maxDecodedBytes: 950_000_000,
} as const satisfies Limits;
/** Below this the networks see nothing, in pixels. */
const MIN_SIDE = 16;
/** Decoders and resamplers hold some rows of any picture, in pixels. */
const MAX_SIDE = 40_000;
/** Longer side against shorter: beyond it, a picture of 4096 pixels is thinner than {@link MIN_SIDE}. */
const MAX_ASPECT = 256;
const MAX_PAGES = 1000;
const MAX_FRAMES = 10_000;

const SMALLER = 'Make it smaller and try again.';

/** @throws ImpastoError `picture-too-large` */
export function checkBytes(bytes: number, { maxBytes = DEFAULT_LIMITS.maxBytes }: Limits): void {
  if (bytes <= maxBytes) return;
  throw new ImpastoError(
    'picture-too-large',
    `The picture is too large: ${megabytes(bytes)}; the limit is ${megabytes(maxBytes)}.`,
    { advice: SMALLER },
  );
}

/**
 * Checks what a header says against the limits.
 *
 * @throws ImpastoError `too-many-pixels`, `picture-too-long`, `picture-too-small`, `picture-too-narrow`,
 *   `too-many-frames`, `too-many-pages`, `decoding-too-large`
 */
export function checkHeader(header: Header, limits: Limits): void {
  const { maxPixels, maxDecodedBytes } = { ...DEFAULT_LIMITS, ...limits };
  const { width, height, format, pictures } = header;
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  const size = `${width}×${height} pixels`;
  if (width * height > maxPixels) {
    const most = `${(maxPixels / 1e6).toFixed(1)} megapixels`;
    throw new ImpastoError('too-many-pixels', `The picture has ${size}; the limit is ${most}.`, {
      advice: SMALLER,
    });
  }
  if (longer > MAX_SIDE) {
    const message = `The picture has ${size}; a side may have ${MAX_SIDE} at most.`;
    throw new ImpastoError('picture-too-long', message, { advice: 'Cut it into parts or make it smaller.' });
  }
  if (shorter < MIN_SIDE) {
    throw new ImpastoError('picture-too-small', `The picture has only ${size}.`, {
      advice: `Use one with at least ${MIN_SIDE} pixels on each side.`,
    });
  }
  if (longer > MAX_ASPECT * shorter) {
    const message = `The picture has ${size}: one side is more than ${MAX_ASPECT} times the other.`;
    throw new ImpastoError('picture-too-narrow', message, { advice: 'Cut out a part that is less narrow.' });
  }
  if (format === 'tiff' && pictures > MAX_PAGES) throw tooMany('pages', MAX_PAGES);
  if (pictures > MAX_FRAMES) throw tooMany('frames', MAX_FRAMES);
  const held = heldBytes(header);
  if (held > maxDecodedBytes) {
    const message = `The ${format.toUpperCase()} picture of ${size} takes ${megabytes(held)} to decode; the limit is ${megabytes(maxDecodedBytes)}.`;
    throw new ImpastoError('decoding-too-large', message, {
      advice: 'Make it smaller, or save it as a JPEG that is not progressive.',
    });
  }
}

function heldBytes({ width, height, decodedPixels = 0, heldPerPixel, place }: Header): number {
  const canvas = width * height;
  // A frame is placed on a canvas with opacity.
  return Math.max(canvas, decodedPixels) * heldPerPixel + (place ? 4 * canvas : 0);
}

function tooMany(what: 'frames' | 'pages', most: number): ImpastoError {
  return new ImpastoError(`too-many-${what}`, `The picture has more than ${most} ${what}.`, {
    advice: 'Send its first one alone.',
  });
}

/**
 * Checks that a picture painted at a longer side is thick enough for the networks.
 *
 * @param largest - longer side that may be asked for at most, in pixels; any by default.
 * @throws ImpastoError `picture-too-narrow`, which names the sizes that would do, where there are any
 */
export function checkPaintable(
  { width, height }: Size,
  longerSide: number,
  largest = Number.POSITIVE_INFINITY,
): void {
  const shorterAt = (side: number) => {
    const fitted = fitWithin(width, height, side);
    return Math.min(fitted.width, fitted.height);
  };
  const shorter = shorterAt(longerSide);
  if (shorter >= MIN_SIDE) return;
  let least = Math.floor(((MIN_SIDE - 0.5) * Math.max(width, height)) / Math.min(width, height));
  while (shorterAt(least) < MIN_SIDE) least += 1;
  const pixels = shorter === 1 ? '1 pixel' : `${shorter} pixels`;
  throw new ImpastoError(
    'picture-too-narrow',
    `The picture of ${width}×${height} would be only ${pixels} thin at a size of ${longerSide}.`,
    {
      advice:
        least <= largest
          ? `Choose a size of ${least} or more, or cut out a part that is less narrow.`
          : 'Cut out a part that is less narrow.',
    },
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
