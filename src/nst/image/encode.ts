import type { OutputFormat } from './formats.ts';
import sharp, { type Sharp } from './libvips.ts';
import type { Picture } from './picture.ts';
import { formatIn } from './recognise.ts';
import { fitWithin, resizePicture } from './resize.ts';

/** Options of {@link encodePicture}. */
export interface EncodeOptions {
  readonly format: OutputFormat;
  /** Quality of JPEG and WebP, 1 to 100; default 92. */
  readonly quality?: number;
  /** What the picture was made with, written into the file's own metadata. */
  readonly parameters?: Record<string, unknown>;
}

const DEFAULT_QUALITY = 92;
/** EXIF's name for the program; parameters are read back only from pictures that bear it. */
const SOFTWARE = 'Impasto';

/**
 * Encodes a picture as an 8-bit sRGB file. Values are limited to [0, 1]; opacity is kept in PNG and WebP and laid on
 * white in JPEG. The parameters go into EXIF's ImageDescription as ASCII JSON, where every common program shows
 * them; nothing else is written.
 */
export async function encodePicture(picture: Picture, options: EncodeOptions): Promise<Buffer> {
  const { format, quality = DEFAULT_QUALITY, parameters } = options;
  const image = fromPlanes(picture);
  if (parameters) {
    image.withExif({ IFD0: { Software: SOFTWARE, ImageDescription: asciiJson(parameters) } });
  }
  if (format === 'png') return image.png({ compressionLevel: 9 }).toBuffer();
  if (format === 'webp') return image.webp({ quality }).toBuffer();
  return image.flatten({ background: '#fff' }).jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
}

/** A small version of a picture, `longerSide` pixels at most, for chats. */
export async function thumbnail(picture: Picture, longerSide: number, format: OutputFormat): Promise<Buffer> {
  const { width, height } = fitWithin(
    picture.width,
    picture.height,
    Math.min(longerSide, Math.max(picture.width, picture.height)),
  );
  return encodePicture(resizePicture(picture, width, height), { format, quality: 80 });
}

/** Reads back the parameters that {@link encodePicture} wrote, or undefined where there are none. */
export async function readParameters(bytes: Uint8Array): Promise<Record<string, unknown> | undefined> {
  if (formatIn(bytes) === undefined) return undefined;
  const { exif } = await sharp(bytes).metadata();
  const text = exif?.toString('latin1') ?? '';
  if (!text.includes(`${SOFTWARE}\0`)) return undefined;
  const [json] = text.match(/\{"[\x20-\x7e]*\}/) ?? [];
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** A picture as 8-bit samples in a sharp pipeline. */
export function fromPlanes(picture: Picture): Sharp {
  const { width, height, alpha } = picture;
  const channels = alpha ? 4 : 3;
  return sharp(interleaved(picture), { raw: { width, height, channels } });
}

/** 8-bit samples, pixel by pixel: RGB, or RGBA where the picture has opacity. */
export function interleaved({ rgb, alpha, width, height }: Picture): Uint8Array {
  const area = width * height;
  const channels = alpha ? 4 : 3;
  const samples = new Uint8ClampedArray(area * channels);
  for (let channel = 0; channel < 3; channel++)
    for (let at = 0; at < area; at++)
      samples[at * channels + channel] = 255 * (rgb[channel * area + at] as number);
  if (alpha) for (let at = 0; at < area; at++) samples[at * 4 + 3] = 255 * (alpha[at] as number);
  return new Uint8Array(samples.buffer);
}

/** EXIF text is ASCII: other characters are written as \u escapes, which JSON reads back. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
