import { damaged, type Header } from './containers/header.ts';
import { checkWhole } from './containers/jpeg.ts';
import sharp, { type Sharp } from './libvips.ts';
import { type Raster, rasterOf, unpremultiplied } from './raster.ts';
import type { Size } from './resize.ts';

/** A decoder's own reduction, which is coarse, goes no further than to twice the size asked for. */
const REDUCTION = { fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false } as const;
/** What is looked at for a decoder's filling, of a JPEG's rows. */
const LAST_ROWS = 0.05;

/**
 * Decodes a file's first picture with libvips, as it lies in the file, and reduces it on the way.
 *
 * @throws ImpastoError `truncated-picture` where the loader sees something else than the header says, or damage
 */
export async function decode(header: Header, size: Size): Promise<Raster> {
  const { format, premultiplied } = header;
  try {
    const pipeline = (await open(header)).resize({ width: size.width, height: size.height, ...REDUCTION });
    const raster = await rasterOf(pipeline);
    if (format === 'jpeg' && endsPlain(raster)) checkWhole(header.decodable);
    return premultiplied ? unpremultiplied(raster) : raster;
  } catch (cause) {
    throw damaged(format.toUpperCase(), cause);
  }
}

/** The pixels' limit has been checked on the header; libvips' own would hide the size. */
async function open({ decodable, format, place, ...canvas }: Header): Promise<Sharp> {
  const image = sharp(decodable, { failOn: 'error', limitInputPixels: false });
  const { format: loader, compression, width, height, space, hasProfile } = await image.metadata();
  const expected = place ?? canvas;
  const named = loader === 'heif' && compression === 'av1' ? 'avif' : loader;
  // An AVIF may be cropped by a part of a pixel.
  const fits =
    named === 'avif'
      ? width <= expected.width && height <= expected.height
      : width === expected.width && height === expected.height;
  if (named !== format || !fits) throw new Error(`The loader sees ${named} of ${width}×${height}`);
  // libvips converts deep samples with a profile to Display P3.
  if (space === 'rgb16' && hasProfile) image.withIccProfile('srgb');
  return image.toColourspace('srgb');
}

/** Whether the last rows are of one colour, as a decoder's filling is. */
function endsPlain({ width, height, channels, data }: Raster): boolean {
  const row = width * channels;
  const last = data.subarray(row * Math.min(height - 1, Math.floor((1 - LAST_ROWS) * height)));
  return last.every((sample, at) => Math.abs(sample - last[at % channels]) <= 1);
}
