import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { animate } from '../../../src/nst/image/animate.ts';
import { decodePicture } from '../../../src/nst/image/decode.ts';
import { encodePicture, readParameters, thumbnail } from '../../../src/nst/image/encode.ts';
import { formatOf, type OutputFormat } from '../../../src/nst/image/formats.ts';
import { gradientPicture } from '../../support/pictures.ts';

const picture = await decodePicture(await gradientPicture(40, 30).png().toBuffer());
const parameters = { settings: { strength: 1, note: 'Größe „768“ 🎨' }, version: '1.2.3' };

describe.each<OutputFormat>(['png', 'jpeg', 'webp'])('a %s result', (format) => {
  it('holds the picture and the parameters it was made with', async () => {
    const bytes = await encodePicture(picture, { format, parameters });
    expect(await readParameters(bytes)).toEqual(parameters);
    const decoded = await decodePicture(bytes);
    const worst = Math.max(...decoded.rgb.map((value, at) => Math.abs(value - (picture.rgb[at] as number))));
    expect(worst).toBeLessThan(format === 'png' ? 0.003 : 0.1);
  });

  it('holds no metadata when none is given', async () => {
    const metadata = await sharp(await encodePicture(picture, { format })).metadata();
    expect([metadata.exif, metadata.icc, metadata.xmp]).toEqual([undefined, undefined, undefined]);
  });

  it('limits values to black and white', async () => {
    const wild = { ...picture, rgb: picture.rgb.map((_, at) => (at % 1200 < 600 ? -3 : 7)) };
    const { data } = await sharp(await encodePicture(wild, { format, quality: 100 }))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([data[0], data.at(-1)]).toEqual([0, 255]);
  });
});

describe('encodePicture', () => {
  it('keeps opacity in PNG and lays it on white in JPEG', async () => {
    const alpha = new Float32Array(1200).map((_, at) => (at < 600 ? 0 : 1));
    const png = await decodePicture(await encodePicture({ ...picture, alpha }, { format: 'png' }));
    expect([png.alpha?.[0], png.alpha?.at(-1)]).toEqual([0, 1]);
    const jpeg = await decodePicture(await encodePicture({ ...picture, alpha }, { format: 'jpeg' }));
    expect(jpeg.rgb[0]).toBeCloseTo(1, 1);
  });

  it('strips the place where the photograph was taken', async () => {
    const source = await gradientPicture(40, 30)
      .withExif({ IFD3: { GPSLatitude: '51/1 30/1 0/1' }, IFD0: { Artist: 'Somebody' } })
      .jpeg()
      .toBuffer();
    expect((await sharp(source).metadata()).exif?.includes('Somebody')).toBe(true);
    const result = await encodePicture(await decodePicture(source), { format: 'jpeg', parameters: {} });
    expect((await sharp(result).metadata()).exif?.includes('Somebody')).toBe(false);
  });

  it('makes thumbnails that are no larger than the picture', async () => {
    const size = async (side: number) => {
      const { width, height } = await sharp(await thumbnail(picture, side, 'webp')).metadata();
      return [width, height];
    };
    expect(await size(20)).toEqual([20, 15]);
    expect(await size(400)).toEqual([40, 30]);
  });

  it('finds no parameters where there are none', async () => {
    expect(await readParameters(await gradientPicture(40, 30).png().toBuffer())).toBeUndefined();
    for (const text of ['', 'a photograph, honestly', '<svg xmlns="http://www.w3.org/2000/svg"/>'])
      expect(await readParameters(Buffer.from(text))).toBeUndefined();
    const foreign = { IFD0: { Software: 'Camera', ImageDescription: '{"iso":100}' } };
    const photograph = await gradientPicture(40, 30).withExif(foreign).jpeg().toBuffer();
    expect(await readParameters(photograph)).toBeUndefined();
  });
});

describe('formatOf', () => {
  it('goes by the extension', () => {
    expect(['a.PNG', 'b.jpg', 'c.jpeg', 'dir.x/d.webp'].map(formatOf)).toEqual([
      'png',
      'jpeg',
      'jpeg',
      'webp',
    ]);
    for (const path of ['a.bmp', 'png', 'a.constructor', ''])
      expect(() => formatOf(path)).toThrow(expect.objectContaining({ code: 'unsupported-format' }));
  });
});

describe.each(['webp', 'gif'] as const)('a %s animation', (format) => {
  it('shows every frame and holds the last', async () => {
    const frames = [picture, { ...picture, rgb: picture.rgb.map((value) => 1 - value) }, picture];
    const bytes = await animate(frames, { format, delayMs: 80, holdLastMs: 2000 });
    const metadata = await sharp(bytes, { pages: -1 }).metadata();
    expect(metadata).toMatchObject({ format, pages: 3, pageHeight: 30, loop: 0, delay: [80, 80, 2000] });
  });

  // 42 × (46 / 42) is a little more than 46 in floating point: steps of that length once reached past the last frame.
  it('thins 46 frames to the 42 that fit', async () => {
    const frames = Array.from({ length: 46 }, (_, index) => ({
      width: 16,
      height: 383,
      rgb: new Float32Array(3 * 16 * 383).fill(((index * 37) % 46) / 46),
    }));
    await expect(animate(frames, { format, delayMs: 80, holdLastMs: 2000 })).resolves.toBeDefined();
  });

  it('leaves out frames where they do not all fit, but never the last', async () => {
    const tall = (value: number) => ({ width: 16, height: 700, rgb: new Float32Array(33_600).fill(value) });
    const frames = [...Array.from({ length: 99 }, (_, index) => tall(((index * 37) % 90) / 99)), tall(1)];
    const bytes = await animate(frames, { format, delayMs: 80, holdLastMs: 2000 });
    const { pages = 0 } = await sharp(bytes, { pages: -1 }).metadata();
    expect(pages).toBe(Math.min(100, Math.floor((format === 'webp' ? 16_383 : 65_535) / 700)));
    const last = await sharp(bytes, { page: pages - 1 })
      .raw()
      .toBuffer();
    expect(last[0]).toBeGreaterThan(250);
  });
});
