import sharp, { type Sharp } from 'sharp';
import { Canvas } from './canvas.ts';
import { Random } from './random.ts';
import type { Style } from './style.ts';

/** Longer side of a finished picture in pixels. */
export const LONGER_SIDE = 768;
/** Largest encoded picture in bytes. */
export const MAX_BYTES = 200 * 1024;
/** Pictures are drawn this much larger and then shrunk, which smooths every edge. */
const OVERSAMPLING = 2;

/** Draws a style and shrinks it to its finished size. */
export async function render(style: Style): Promise<Sharp> {
  const wide = style.aspect >= 1;
  const width = wide ? LONGER_SIDE : Math.round(LONGER_SIDE * style.aspect);
  const height = wide ? Math.round(LONGER_SIDE / style.aspect) : LONGER_SIDE;
  const canvas = new Canvas(width * OVERSAMPLING, height * OVERSAMPLING);
  await style.draw(canvas, new Random(style.seed));
  const pixels = Uint8ClampedArray.from(canvas.color, (value) => Math.round(255 * value));
  return sharp(pixels, { raw: { width: canvas.width, height: canvas.height, channels: 3 } }).resize(
    width,
    height,
  );
}

/** Encodes as WebP with the best quality that fits in `MAX_BYTES`. */
export async function encode(picture: Sharp): Promise<Buffer> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  for (let quality = 95; quality > 0; quality -= 3) {
    const encoded = await sharp(data, { raw: info })
      .webp({ quality, smartSubsample: true, effort: 6 })
      .toBuffer();
    if (encoded.length <= MAX_BYTES) return encoded;
  }
  throw new Error(
    `No WebP quality brings the picture under ${MAX_BYTES} bytes; draw it with less fine noise.`,
  );
}
