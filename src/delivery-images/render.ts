import { ImpastoError } from '../nst/errors.ts';
import { readParameters } from '../nst/image/encode.ts';
import sharp, { type Sharp } from '../nst/image/libvips.ts';
import { isPackedRaster, pictureDamaged, unpackRaster } from '../nst/image/packed-raster.ts';
import { ownFormat, type SentFormat } from './formats.ts';

/** What is to be made of one of our own pictures. */
export type ImageRequest =
  | {
      readonly type: 'fit';
      readonly bytes: Uint8Array;
      readonly maxBytes: number;
      readonly formats: readonly SentFormat[];
    }
  | {
      readonly type: 'preview';
      readonly bytes: Uint8Array;
      /** Longer side at most, in pixels; of both sides, where it is cropped to a square. */
      readonly side: number;
      readonly square: boolean;
    }
  | { readonly type: 'parameters'; readonly bytes: Uint8Array };

/** A picture's file as it is sent. */
export interface Fitted {
  readonly bytes: Uint8Array;
  readonly format: SentFormat;
  /** Whether it is not what it was: smaller, or with losses. */
  readonly reduced: boolean;
}

export type ImageAnswer = Fitted | Uint8Array | Record<string, unknown> | undefined;

/** Qualities and reductions that are tried until a picture fits. */
const ATTEMPTS = [
  { quality: 95, scale: 1 },
  { quality: 85, scale: 1 },
  { quality: 85, scale: 0.7 },
  { quality: 80, scale: 0.5 },
  { quality: 70, scale: 0.25 },
];

/**
 * Makes of one of our own pictures what is to be sent.
 *
 * @throws ImpastoError `upload-too-large`, `picture-damaged`
 */
export async function renderImage(request: ImageRequest): Promise<ImageAnswer> {
  switch (request.type) {
    case 'fit':
      return fitted(request);
    case 'preview':
      return preview(request);
    case 'parameters':
      return ownFormat(request.bytes) ? readParameters(request.bytes) : undefined;
  }
}

async function preview({ bytes, side, square }: ImageRequest & { type: 'preview' }): Promise<Uint8Array> {
  const image = await opened(bytes);
  image.resize(side, side, { fit: square ? 'cover' : 'inside', withoutEnlargement: !square });
  return image.webp({ quality: square ? 80 : 85 }).toBuffer();
}

async function fitted({ bytes, maxBytes, formats }: ImageRequest & { type: 'fit' }): Promise<Fitted> {
  const whole = await opened(bytes, true);
  const { pages = 1, hasAlpha, width } = await whole.metadata();
  if (pages > 1) return checked(await whole.gif({ effort: 7 }).toBuffer(), 'gif', maxBytes);
  const png = await whole.png({ compressionLevel: 9 }).toBuffer();
  if (png.length <= maxBytes) return { bytes: png, format: 'png', reduced: false };
  const format = !hasAlpha ? 'jpeg' : formats.includes('webp') ? 'webp' : 'png';
  for (const { quality, scale } of ATTEMPTS) {
    const smaller = await (await opened(bytes))
      .resize({ width: Math.max(16, Math.round(width * scale)) })
      .toFormat(format, format === 'png' ? {} : { quality })
      .toBuffer();
    if (smaller.length <= maxBytes) return { bytes: smaller, format, reduced: true };
  }
  throw tooLarge();
}

function checked(bytes: Uint8Array, format: SentFormat, maxBytes: number): Fitted {
  if (bytes.length > maxBytes) throw tooLarge();
  return { bytes, format, reduced: false };
}

/** One of our own pictures; what a result was made with goes with it. */
async function opened(bytes: Uint8Array, animated = false): Promise<Sharp> {
  if (isPackedRaster(bytes)) {
    const { data, ...raw } = await unpackRaster(bytes);
    return sharp(data, { raw, limitInputPixels: false });
  }
  if (ownFormat(bytes)) return sharp(bytes, { animated, limitInputPixels: false }).keepExif();
  throw pictureDamaged();
}

function tooLarge(): ImpastoError {
  return new ImpastoError('upload-too-large', 'The picture is too large to be sent here.', {
    advice: 'Ask for a smaller size.',
  });
}
