import { ImpastoError } from '../errors.ts';
import type { ColourSpace } from './colour-space/space.ts';
import { spaceOf } from './colour-space/tags.ts';
import { toSrgb } from './colour-space/to-srgb.ts';
import { damaged, type Header } from './containers/header.ts';
import { checkWhole } from './containers/jpeg.ts';
import sharp, { type Sharp } from './libvips.ts';
import { type Raster, rasterOf, samplesOf } from './raster.ts';
import type { Size } from './resize.ts';

/** A decoder's own reduction, which is coarse, goes no further than to twice the size asked for. */
const REDUCTION = { fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false } as const;
/** What is looked at for a decoder's filling, of a JPEG's rows. */
const LAST_ROWS = 0.05;

/**
 * Decodes a file's first picture, as it lies in the file, to sRGB, and reduces it on the way: libvips does, after
 * libheif where that has to.
 *
 * @throws ImpastoError `truncated-picture` where the loader sees something else than the header says, or damage;
 *   `unsupported-picture`
 */
export async function decode(header: Header, size: Size): Promise<Raster> {
  try {
    const space = spaceOf(header);
    const source = header.format === 'heic' ? await throughLibheif(header) : header;
    const { image, white } = await open(source, space !== undefined);
    image.resize({ width: size.width, height: size.height, ...REDUCTION });
    const raster = space ? await convert(image, white, space) : await rasterOf(image.toColourspace('srgb'));
    if (header.format === 'jpeg' && endsPlain(raster)) checkWhole(header.decodable);
    return raster;
  } catch (cause) {
    if (cause instanceof ImpastoError) throw cause;
    throw damaged(header.format.toUpperCase(), cause);
  }
}

/** The picture of a HEIC file as a TIFF; the decoder's code is loaded for it alone. */
async function throughLibheif(header: Header): Promise<Header> {
  const { decodeHeic } = await import('./heic.ts');
  const { width, height, tiff } = decodeHeic(header.decodable, header, header.colour.icc);
  return { ...header, width, height, format: 'tiff', decodable: tiff };
}

/**
 * The file in a pipeline, and what a full sample is in it, unless a profile is to be followed. The pixels' limit has
 * been checked on the header; libvips' own would hide the size.
 */
async function open({ decodable, format, place, ...canvas }: Header, ignoreIcc: boolean) {
  const image = sharp(decodable, { failOn: 'error', limitInputPixels: false, ignoreIcc });
  const metadata = await image.metadata();
  const { format: loader, width, height, space, hasProfile, bitsPerSample = 16 } = metadata;
  const expected = place ?? canvas;
  // HEIC does not come here: of libvips' names it is AVIF alone.
  const named = loader === 'heif' ? 'avif' : loader;
  // An AVIF may be cropped by a part of a pixel.
  const fits =
    named === 'avif'
      ? width <= expected.width && height <= expected.height
      : width === expected.width && height === expected.height;
  if (named !== format || !fits) throw new Error(`The loader sees ${named} of ${width}×${height}`);
  const deep = space === 'rgb16' || space === 'grey16';
  // libvips converts deep samples with a profile to Display P3.
  if (space === 'rgb16' && hasProfile && !ignoreIcc) image.withIccProfile('srgb');
  // The 10 and 12 bits of AVIF are the upper ones of 16.
  return { image, white: deep ? (2 ** bitsPerSample - 1) * 2 ** (16 - bitsPerSample) : 255 };
}

/** The pipeline's samples, as they are in the file, converted to sRGB. */
async function convert(image: Sharp, white: number, space: ColourSpace): Promise<Raster> {
  const deep = white > 255;
  image.toColourspace(deep ? 'rgb16' : 'srgb');
  const { data, ...shape } = await samplesOf(image, deep ? 'ushort' : 'uchar');
  const samples = deep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
  return { ...shape, data: toSrgb({ data: samples, channels: shape.channels, white }, space) };
}

/** Whether the last rows are of one colour, as a decoder's filling is. */
function endsPlain({ width, height, channels, data }: Raster): boolean {
  const row = width * channels;
  const last = data.subarray(row * Math.min(height - 1, Math.floor((1 - LAST_ROWS) * height)));
  return last.every((sample, at) => Math.abs(sample - last[at % channels]) <= 1);
}
