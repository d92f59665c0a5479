import { describe, expect, it } from 'vitest';
import { decodeHeic } from '../../../src/nst/image/heic.ts';
import { normalisePicture } from '../../../src/nst/image/normalise.ts';
import { fixturePicture as fixture } from '../../support/pictures.ts';
import { expectPixel, pixelAt } from '../../support/rasters.ts';

describe('a HEIC picture', () => {
  it('of a telephone is put together from its tiles, turned once, and converted from its profile', async () => {
    const { raster, info, notices } = await normalisePicture(fixture('phone.heic'));
    expect(info).toEqual({
      format: 'heic',
      width: 96,
      height: 128,
      hasAlpha: false,
      bitsPerSample: 8,
      pages: 1,
    });
    expect(notices).toEqual([]);
    expect(raster).toMatchObject({ width: 96, height: 128, channels: 3 });
    expectPixel(raster, 48, 64, [204, 51, 51], 5);
    // Its upper left was its lower left: green is most and red least.
    expectPixel(raster, 3, 3, [6, 247, 64], 14);
    expectPixel(raster, 92, 124, [249, 8, 64], 14);
    // Where four tiles meet, nothing is seen of it.
    expectPixel(raster, 32, 100, [201, 171, 64], 12);
  });

  it('is reduced on the way', async () => {
    const { raster, info } = await normalisePicture(fixture('phone.heic'), { longerSide: 64 });
    expect(info).toMatchObject({ width: 96, height: 128 });
    expect(raster).toMatchObject({ width: 48, height: 64 });
    expectPixel(raster, 24, 32, [204, 51, 51], 5);
  });

  it.each(['translucent.heic', 'premultiplied.heic'])(
    'keeps its opacity, apart from its colours: %s',
    async (name) => {
      const { raster } = await normalisePicture(fixture(name));
      expect(raster.channels).toBe(4);
      expectPixel(raster, 64, 48, [204, 51, 51, 128], 3);
      expectPixel(raster, 124, 92, [249, 244, 64, 128], 6);
    },
  );

  it('of a series is its main picture', async () => {
    const { raster } = await normalisePicture(fixture('sequence.heics'));
    expectPixel(raster, 64, 48, [204, 51, 51, 128], 3);
  });

  it.each(['pq.heic', 'hlg.heic'])('of high dynamic range has a white that is white: %s', async (name) => {
    const { raster, info } = await normalisePicture(fixture(name));
    expect(info.bitsPerSample).toBe(10);
    for (const sample of pixelAt(raster, 64, 48)) expect(sample).toBeGreaterThan(235);
  });

  it('is refused when it is cut short, wherever', async () => {
    const bytes = fixture('phone.heic');
    for (const kept of [0.3, 0.6, 0.9, 0.99]) {
      await expect(normalisePicture(bytes.subarray(0, kept * bytes.length))).rejects.toMatchObject({
        code: 'truncated-picture',
      });
    }
  });

  it('is refused when its data are of a larger picture than its header says', async () => {
    const bytes = fixture('translucent.heic');
    for (let at = bytes.indexOf('ispe'); at >= 0; at = bytes.indexOf('ispe', at + 4)) {
      bytes.writeUInt32BE(32, at + 8);
      bytes.writeUInt32BE(32, at + 12);
    }
    await expect(normalisePicture(bytes)).rejects.toMatchObject({ code: 'truncated-picture' });
  });

  it('is not decoded when libheif sees a larger one than was allowed for', () => {
    expect(() => decodeHeic(fixture('phone.heic'), { width: 96, height: 127 })).toThrow('96×128');
  });

  it('leaves nothing behind that would hurt the next one', async () => {
    const bytes = fixture('phone.heic');
    for (let at = 700; at < bytes.length; at += 100) {
      const damaged = Buffer.from(bytes);
      damaged.fill(0xa5, at, Math.min(at + 8, bytes.length));
      await normalisePicture(damaged).catch(() => undefined);
    }
    expectPixel((await normalisePicture(bytes)).raster, 48, 64, [204, 51, 51], 5);
  });
});
