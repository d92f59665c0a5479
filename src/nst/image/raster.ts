import type { Orientation, Place } from './containers/header.ts';
import sharp, { type Sharp } from './libvips.ts';
import type { Size } from './resize.ts';

/**
 * An upright 8-bit sRGB picture as interleaved rows: 3 channels (red, green, blue), or 4 with straight (unassociated)
 * opacity. `data` has height × width × channels samples.
 */
export interface Raster {
  /** Columns, in pixels. */
  readonly width: number;
  /** Rows, in pixels. */
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array;
}

/** The raster with another size, not larger than its own. */
export async function reduce(raster: Raster, width: number, height: number): Promise<Raster> {
  if (raster.width === width && raster.height === height) return raster;
  return rasterOf(open(raster).resize({ width, height, fit: 'fill', kernel: 'lanczos3' }));
}

/** How a raster is mirrored at its middle row and column and then turned clockwise, for each EXIF orientation. */
const TURNS: Readonly<
  Record<Orientation, { readonly flip?: true; readonly flop?: true; readonly degrees?: 90 }>
> = {
  1: {},
  2: { flop: true },
  3: { flip: true, flop: true },
  4: { flip: true },
  5: { flip: true, degrees: 90 },
  6: { degrees: 90 },
  7: { flop: true, degrees: 90 },
  8: { flip: true, flop: true, degrees: 90 },
};

/** The raster turned upright by an EXIF orientation. */
export async function turn(raster: Raster, orientation: Orientation): Promise<Raster> {
  const { flip = false, flop = false, degrees } = TURNS[orientation];
  const mirrored = flip || flop ? await rasterOf(open(raster).flip(flip).flop(flop)) : raster;
  return degrees ? rasterOf(open(mirrored).rotate(degrees)) : mirrored;
}

/** A picture placed on a transparent canvas. */
export function onCanvas(raster: Raster, canvas: Size, { left, top }: Place): Raster {
  const { width, height, channels } = raster;
  const data = new Uint8Array(4 * canvas.width * canvas.height);
  for (let row = 0; row < height; row++) {
    let to = 4 * ((top + row) * canvas.width + left);
    let from = row * width * channels;
    for (let column = 0; column < width; column++, to += 4, from += channels) {
      for (let channel = 0; channel < channels; channel++) data[to + channel] = raster.data[from + channel];
      if (channels === 3) data[to + 3] = 255;
    }
  }
  return { ...canvas, channels: 4, data };
}

function open({ width, height, channels, data }: Raster): Sharp {
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
}

/** A pipeline's result as 8-bit samples. */
export function rasterOf(pipeline: Sharp): Promise<Raster> {
  return samplesOf(pipeline, 'uchar');
}

/** A pipeline's result as bytes, of samples of 8 bits or of 16. */
export async function samplesOf(pipeline: Sharp, depth: 'uchar' | 'ushort'): Promise<Raster> {
  const { data, info } = await pipeline.raw({ depth }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 3 && channels !== 4) throw new Error(`A picture of ${channels} channels is not RGB`);
  return { width, height, channels, data };
}
