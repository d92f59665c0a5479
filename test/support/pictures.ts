import { readFileSync } from 'node:fs';
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
  const header = Buffer.alloc(33);
  header.write('\x89PNG\r\n\x1a\n', 'latin1');
  header.writeUInt32BE(13, 8);
  header.write('IHDR', 12);
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  header.set([8, 2, 0, 0, 0], 24);
  header.writeUInt32BE(crc32(header.subarray(12, 29)), 29);
  const data = Buffer.from('00000000494441540000000049454e44ae426082', 'hex');
  data.writeUInt32BE(crc32(data.subarray(4, 8)), 8);
  return Buffer.concat([header, data.subarray(0, 12), Buffer.from('0000000049454e44ae426082', 'hex')]);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
