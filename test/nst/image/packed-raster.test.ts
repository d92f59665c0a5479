import { describe, expect, it } from 'vitest';
import {
  isPackedRaster,
  packedSize,
  packRaster,
  unpackRaster,
} from '../../../src/nst/image/packed-raster.ts';
import type { Raster } from '../../../src/nst/image/raster.ts';

/** A raster of pseudo-random samples. */
function noise(width: number, height: number, channels: 3 | 4): Raster {
  let state = width * 31 + height;
  const data = Uint8Array.from({ length: width * height * channels }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    return state >>> 16;
  });
  return { width, height, channels, data };
}

const packed = async (raster: Raster) =>
  Buffer.concat(await packRaster({ ...raster, data: raster.data.slice() }));

describe('a packed raster', () => {
  it.each([
    [1, 1, 3],
    [1, 7, 4],
    [5, 3, 3],
    [17, 9, 4],
    [64, 48, 3],
    [101, 67, 3],
  ] as const)(
    'of %i × %i pixels with %i channels is unpacked to the very samples',
    async (width, height, channels) => {
      const raster = noise(width, height, channels);
      const bytes = await packed(raster);
      expect(isPackedRaster(bytes)).toBe(true);
      expect(packedSize(bytes)).toEqual({ width, height, channels });
      const { data, ...size } = await unpackRaster(bytes);
      expect(size).toEqual({ width, height, channels });
      expect(Buffer.from(data)).toEqual(Buffer.from(raster.data));
    },
  );

  it('is unpacked wherever it lies in memory', async () => {
    const raster = noise(13, 11, 3);
    const bytes = await packed(raster);
    for (const offset of [1, 2, 3]) {
      const moved = Buffer.alloc(bytes.length + offset);
      bytes.copy(moved, offset);
      expect(Buffer.from((await unpackRaster(moved.subarray(offset))).data)).toEqual(
        Buffer.from(raster.data),
      );
    }
  });

  it('is refused when any of its bytes has been changed', async () => {
    const bytes = await packed(noise(9, 8, 4));
    const refusal = {
      code: 'picture-damaged',
      message: 'The picture was damaged while it was kept.',
      advice: expect.stringContaining('the place where pictures are'),
    };
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 0x10;
      await expect(unpackRaster(changed), `byte ${at}`).rejects.toMatchObject(refusal);
    }
  });

  it('is refused when it lacks its end, or has more of it', async () => {
    const bytes = await packed(noise(9, 8, 3));
    for (const kept of [0, 7, 8, 27, 28, bytes.length - 1]) {
      await expect(unpackRaster(bytes.subarray(0, kept))).rejects.toMatchObject({ code: 'picture-damaged' });
    }
    await expect(unpackRaster(Buffer.concat([bytes, Buffer.of(0)]))).rejects.toMatchObject({
      code: 'picture-damaged',
    });
  });

  it('is not what an image library would read', async () => {
    const { default: sharp } = await import('sharp');
    await expect(sharp(await packed(noise(32, 32, 3))).metadata()).rejects.toThrow();
  });
});
