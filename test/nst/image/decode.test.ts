import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeMask, decodePicture } from '../../../src/nst/image/decode.ts';
import { inspectPicture } from '../../../src/nst/image/normalise.ts';
import type { Picture } from '../../../src/nst/image/picture.ts';
import { heifClaiming } from '../../support/heif.ts';
import { gradientPicture, pngClaiming } from '../../support/pictures.ts';

function pixel({ width, height, rgb }: Picture, x: number, y: number): number[] {
  return [0, 1, 2].map((channel) => rgb[(channel * height + y) * width + x] as number);
}

function expectPixel(picture: Picture, x: number, y: number, expected: number[], digits = 1): void {
  pixel(picture, x, y).forEach((value, channel) => {
    expect(value).toBeCloseTo(expected[channel] as number, digits);
  });
}

const formats = {
  jpeg: () => gradientPicture(40, 30).jpeg({ quality: 95 }).toBuffer(),
  png: () => gradientPicture(40, 30).png().toBuffer(),
  webp: () => gradientPicture(40, 30).webp({ quality: 95 }).toBuffer(),
  avif: () => gradientPicture(40, 30).avif({ quality: 90 }).toBuffer(),
  tiff: () => gradientPicture(40, 30).tiff({ compression: 'lzw' }).toBuffer(),
  gif: () => gradientPicture(40, 30).gif().toBuffer(),
} as const;

describe.each(Object.entries(formats))('a %s picture', (format, make) => {
  it('is decoded to planar sRGB', async () => {
    const bytes = await make();
    expect(await inspectPicture(bytes)).toMatchObject({ format, width: 40, height: 30 });
    const picture = await decodePicture(bytes);
    expect(picture).toMatchObject({ width: 40, height: 30 });
    expect(picture.alpha).toBeUndefined();
    expectPixel(picture, 36, 3, [36 / 39, 3 / 29, 0.25]);
    expectPixel(picture, 3, 26, [3 / 39, 26 / 29, 0.25]);
  });

  it('is refused when it is cut short', async () => {
    const bytes = await make();
    for (const kept of [20, bytes.length / 2, 0.9 * bytes.length, bytes.length - 20]) {
      await expect(decodePicture(bytes.subarray(0, kept))).rejects.toMatchObject({
        code: 'truncated-picture',
      });
    }
  });
});

describe('decodePicture', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('applies EXIF orientation %i', async (orientation) => {
    const upright = await decodePicture(await gradientPicture(40, 30).png().toBuffer());
    const stored = await gradientPicture(40, 30)
      .withMetadata({ orientation })
      .jpeg({ quality: 100 })
      .toBuffer();
    const expected = await decodePicture(await sharp(stored).autoOrient().png().toBuffer());
    const picture = await decodePicture(stored);
    expect([picture.width, picture.height]).toEqual(orientation < 5 ? [40, 30] : [30, 40]);
    expectPixel(picture, 2, 2, pixel(expected, 2, 2), 3);
    if (orientation === 3) expectPixel(picture, 39, 29, pixel(upright, 0, 0));
    if (orientation === 6) expectPixel(picture, 29, 0, pixel(upright, 0, 0));
    if (orientation === 8) expectPixel(picture, 0, 39, pixel(upright, 0, 0));
  });

  it.each(['jpeg', 'png', 'webp', 'tiff', 'avif'] as const)('turns a %s upright', async (format) => {
    const stored = await gradientPicture(40, 30).withMetadata({ orientation: 6 }).toFormat(format).toBuffer();
    expect(inspectPicture(stored)).toMatchObject({ width: 30, height: 40 });
    const picture = await decodePicture(stored);
    expect([picture.width, picture.height]).toEqual([30, 40]);
    expectPixel(picture, 27, 2, [2 / 39, 2 / 29, 0.25]);
    expectPixel(picture, 2, 37, [37 / 39, 27 / 29, 0.25]);
  });

  it('reads sixteen bits to the accuracy of eight', async () => {
    const samples = Uint16Array.from({ length: 3 * 32 * 32 }, () => 32768 + 100);
    const raw = { width: 32, height: 32, channels: 3 } as const;
    const bytes = await sharp(samples, { raw }).toColourspace('rgb16').png().toBuffer();
    expectPixel(await decodePicture(bytes), 5, 5, Array(3).fill(32868 / 65535), 2);
  });

  it.each(['srgb', 'p3'])('converts 16 bits by their %s profile', async (profile) => {
    const orange = sharp({ create: { width: 32, height: 32, channels: 3, background: '#e68028' } });
    const bytes = await orange.toColourspace('rgb16').withIccProfile(profile).png().toBuffer();
    expect(await sharp(bytes).metadata()).toMatchObject({ space: 'rgb16', hasProfile: true });
    expectPixel(await decodePicture(bytes), 5, 5, [0xe6 / 255, 0x80 / 255, 0x28 / 255], 2);
  });

  it('takes the full value of a 10-bit AVIF for white and for opaque', async () => {
    const samples = new Uint16Array(4 * 32 * 32).fill(65535);
    const bytes = await sharp(samples, { raw: { width: 32, height: 32, channels: 4 } })
      .toColourspace('rgb16')
      .avif({ bitdepth: 10, lossless: true })
      .toBuffer();
    const picture = await decodePicture(bytes);
    expect(pixel(picture, 5, 5)).toEqual([1, 1, 1]);
    expect(picture.alpha).toBeUndefined();
  });

  it('reads every 8-bit value exactly', async () => {
    const samples = Buffer.from(Array.from({ length: 3 * 256 }, (_, at) => Math.floor(at / 3)));
    const bytes = await sharp(samples, { raw: { width: 16, height: 16, channels: 3 } })
      .png()
      .toBuffer();
    const { rgb } = await decodePicture(bytes);
    expect(rgb.subarray(0, 256)).toEqual(Float32Array.from({ length: 256 }, (_, value) => value / 255));
  });

  it('forgives the stray bytes that some programs leave between the segments of a JPEG', async () => {
    const bytes = await formats.jpeg();
    const scan = bytes.indexOf('ffda', 'hex');
    const stray = Buffer.concat([bytes.subarray(0, scan), Buffer.alloc(5), bytes.subarray(scan)]);
    await expect(sharp(stray, { failOn: 'warning' }).raw().toBuffer()).rejects.toThrow();
    expect(await decodePicture(stray)).toEqual(await decodePicture(bytes));
  });

  it('converts wide-gamut colours by their ICC profile', async () => {
    const green = sharp({ create: { width: 32, height: 32, channels: 3, background: '#00ff00' } });
    const bytes = await green.withIccProfile('p3').png().toBuffer();
    const stored = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
    expect(stored[0]).toBeGreaterThan(100);
    expectPixel(await decodePicture(bytes), 5, 5, [0, 1, 0]);
  });

  it('converts CMYK', async () => {
    const bytes = await gradientPicture(40, 30).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe('cmyk');
    const [red, green] = pixel(await decodePicture(bytes), 36, 3) as [number, number];
    expect(red).toBeGreaterThan(0.7);
    expect(green).toBeLessThan(0.4);
  });

  it('spreads grey over three planes and keeps its opacity', async () => {
    const samples = Buffer.alloc(2 * 32 * 32, 0);
    for (let i = 0; i < samples.length; i += 2) samples.set([128, i % 4 === 0 ? 255 : 51], i);
    const bytes = await sharp(samples, { raw: { width: 32, height: 32, channels: 2 } })
      .png()
      .toBuffer();
    const picture = await decodePicture(bytes);
    expectPixel(picture, 4, 4, [128 / 255, 128 / 255, 128 / 255], 3);
    expect(picture.alpha?.[0]).toBeCloseTo(1, 4);
    expect(picture.alpha?.[1]).toBeCloseTo(0.2, 4);
  });

  it('drops an alpha channel that is opaque everywhere', async () => {
    const bytes = await gradientPicture(40, 30).ensureAlpha(1).png().toBuffer();
    expect((await decodePicture(bytes)).alpha).toBeUndefined();
  });

  it('reads palettes, one-bit pictures and the first frame of an animation', async () => {
    const palette = await gradientPicture(40, 30).png({ palette: true, colours: 200 }).toBuffer();
    expectPixel(await decodePicture(palette), 36, 3, [36 / 39, 3 / 29, 0.25]);
    const bilevel = await gradientPicture(40, 30)
      .threshold(10)
      .tiff({ bitdepth: 1, compression: 'deflate' })
      .toBuffer();
    expectPixel(await decodePicture(bilevel), 36, 26, [1, 1, 1]);
    const frames = Buffer.concat([Buffer.alloc(3 * 32 * 32, 255), Buffer.alloc(3 * 32 * 32, 0)]);
    const raw = { width: 32, height: 64, channels: 3, pageHeight: 32 } as const;
    const animation = await sharp(frames, { raw })
      .gif({ delay: [50, 50] })
      .toBuffer();
    expect(await inspectPicture(animation)).toMatchObject({ width: 32, height: 32, pages: 2 });
    expectPixel(await decodePicture(animation), 5, 5, [1, 1, 1]);
  });

  it('fits a picture to a longer side, enlarging only when asked', async () => {
    const bytes = await gradientPicture(40, 30).png().toBuffer();
    expect(await decodePicture(bytes, { fit: 20 })).toMatchObject({ width: 20, height: 15 });
    expect(await decodePicture(bytes, { fit: 80 })).toMatchObject({ width: 40, height: 30 });
    expect(await decodePicture(bytes, { fit: 80, enlarge: true })).toMatchObject({ width: 80, height: 60 });
  });

  it('enlarges without shifting the picture', async () => {
    const { rgb } = await decodePicture(await gradientPicture(40, 30).png().toBuffer(), {
      fit: 80,
      enlarge: true,
    });
    for (let x = 10; x < 70; x++) expect(Math.abs(rgb[80 * 30 + x] * 39 - (x / 2 - 0.25))).toBeLessThan(0.15);
  });

  it('keeps colours hidden under transparent pixels out of their neighbours', async () => {
    const samples = Buffer.alloc(4 * 32 * 32);
    for (let at = 0; at < 32 * 32; at++)
      samples.set(at % 32 < 16 ? [255, 0, 0, 255] : [0, 255, 0, 0], 4 * at);
    const bytes = await sharp(samples, { raw: { width: 32, height: 32, channels: 4 } })
      .png()
      .toBuffer();
    for (const options of [{ fit: 20 }, { fit: 80, enlarge: true }]) {
      const picture = await decodePicture(bytes, options);
      const { width, alpha = new Float32Array() } = picture;
      for (let x = 0; x < width; x++) if (alpha[x] > 0.1) expectPixel(picture, x, 0, [1, 0, 0], 2);
      expect([alpha[0], alpha[width - 1]]).toEqual([1, 0]);
    }
  });

  it.each<[string, () => Promise<Buffer> | Buffer, string]>([
    ['zero bytes', () => Buffer.alloc(0), 'empty-picture'],
    ['text', () => Buffer.from('a photograph, honestly'), 'not-a-picture'],
    ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'unsupported-picture'],
    [
      'an SVG with a prolog',
      () => Buffer.from('<?xml version="1.0"?><!-- -->\n<svg/>'),
      'unsupported-picture',
    ],
    [
      'an SVG in UTF-16',
      () => Buffer.from('\ufeff<?xml version="1.0"?><svg/>', 'utf16le'),
      'unsupported-picture',
    ],
    ['a HEIC of nothing but its header', () => heifClaiming('hvc1', 4032, 3024), 'truncated-picture'],
    ['a film', () => Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isomavc1'), 'unsupported-picture'],
    ['a PDF', () => Buffer.from('%PDF-1.7'), 'unsupported-picture'],
    ['a decompression bomb', () => pngClaiming(100_000, 100_000), 'too-many-pixels'],
    ['a tiny picture', () => gradientPicture(40, 15).png().toBuffer(), 'picture-too-small'],
  ])('refuses %s', async (_, make, code) => {
    await expect(decodePicture(await make())).rejects.toMatchObject({ code, advice: expect.any(String) });
  });

  it('checks the given limits before it decodes', async () => {
    const bytes = await gradientPicture(40, 30).png().toBuffer();
    await expect(decodePicture(bytes, { limits: { maxPixels: 1199 } })).rejects.toMatchObject({
      code: 'too-many-pixels',
    });
    await expect(decodePicture(bytes, { limits: { maxBytes: 100 } })).rejects.toMatchObject({
      code: 'picture-too-large',
    });
    await expect(decodePicture(bytes, { limits: { maxPixels: 1200 } })).resolves.toBeDefined();
  });
});

describe('decodeMask', () => {
  it('is white where light and opaque, and says when it was resized', async () => {
    const samples = Buffer.alloc(4 * 32 * 32, 255);
    for (let i = 0; i < samples.length / 2; i += 4) samples[i + 3] = 0;
    const bytes = await sharp(samples, { raw: { width: 32, height: 32, channels: 4 } })
      .png()
      .toBuffer();
    const same = await decodeMask(bytes, 32, 32);
    expect(same.resized).toBe(false);
    expect([same.mask[0], same.mask.at(-1)]).toEqual([0, 1]);
    const other = await decodeMask(bytes, 20, 10);
    expect(other.resized).toBe(true);
    expect(other.mask).toHaveLength(200);
    expect([other.mask[3 * 20], other.mask[6 * 20]]).toEqual([expect.closeTo(0, 1), expect.closeTo(1, 1)]);
  });
});
