import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { packRaster } from '../../src/nst/image/packed-raster.ts';

/** A photograph-like test picture: red grows to the right, green downwards, blue is a quarter. 8-bit RGB. */
export function gradientPicture(width: number, height: number): Sharp {
  const samples = Buffer.alloc(3 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = 3 * (y * width + x);
      samples[at] = Math.round((255 * x) / (width - 1));
      samples[at + 1] = Math.round((255 * y) / (height - 1));
      samples[at + 2] = 64;
    }
  return sharp(samples, { raw: { width, height, channels: 3 } });
}

/** Noise, which no format makes small. */
export function noisePicture(width: number, height: number, channels: 3 | 4 = 3) {
  const samples = Buffer.alloc(width * height * channels);
  let state = 1;
  for (let at = 0; at < samples.length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    samples[at] = state >>> 16;
  }
  return sharp(samples, { raw: { width, height, channels } });
}

/** A picture of test/fixtures/pictures; make.ts there says what it shows. */
export function fixturePicture(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/pictures/${name}`, import.meta.url));
}

/** A picture as it is kept when it has been taken in. */
export async function packed(picture: Sharp): Promise<Buffer> {
  const { data, info } = await picture.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return Buffer.concat(await packRaster({ width, height, channels: info.channels as 3 | 4, data }));
}

/** A PNG whose header claims a size; nothing follows that could be decoded. */
export function pngClaiming(width: number, height: number): Buffer {
  return png([pngHeader(width, height), pngChunk('IDAT', Buffer.alloc(0))]);
}

/** A PNG of these chunks and an end. */
export function png(chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    ...chunks,
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The header of a PNG. @param kind - bits of a sample, colour type, and 1 where it is interlaced; default 8-bit RGB. */
export function pngHeader(
  width: number,
  height: number,
  [bits, colourType, interlaced]: readonly [number, number, number] = [8, 2, 0],
): Buffer {
  const data = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, bits, colourType, 0, 0, interlaced]);
  data.writeUInt32BE(width);
  data.writeUInt32BE(height, 4);
  return pngChunk('IHDR', data);
}

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), 8 + data.length);
  return chunk;
}

/** A picture of one colour. */
export function plainPicture(width: number, height: number, background: string): Sharp {
  return sharp({ create: { width, height, channels: 3, background } });
}
