import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import sharp from '../../../src/nst/image/libvips.ts';
import { checkPaintable } from '../../../src/nst/image/limits.ts';
import { inspectPicture, normalisePicture } from '../../../src/nst/image/normalise.ts';
import { readHeader } from '../../../src/nst/image/recognise.ts';
import { box, heifClaiming } from '../../support/heif.ts';
import { gradientPicture, png, pngChunk, pngClaiming, pngHeader } from '../../support/pictures.ts';
import { tiffOf } from '../../support/tiff.ts';

const AVIF = 'avif\0\0\0\0avifmif1';
const claimingInterlaced = (width: number, height: number) => {
  const header = pngHeader(width, height).subarray(8, 21);
  header.set([16, 6, 0, 0, 1], 8);
  return png([pngChunk('IHDR', header), pngChunk('IDAT', Buffer.alloc(0))]);
};

describe('a picture beyond a limit', () => {
  it.each<[string, Buffer, string, RegExp]>([
    ['pixels', pngClaiming(100_000, 100_000), 'too-many-pixels', /100000×100000.*108.0 megapixels/],
    ['a side', pngClaiming(3_000_000, 16), 'picture-too-long', /3000000×16.*40000/],
    ['its aspect', pngClaiming(30_000, 16), 'picture-too-narrow', /30000×16.*256 times/],
    ['its smallness', pngClaiming(4000, 15), 'picture-too-small', /4000×15/],
    ['an AVIF’s pixels', heifClaiming('av01', 20_000, 6000, AVIF), 'too-many-pixels', /20000×6000/],
    [
      'what an AVIF takes',
      heifClaiming('av01', 10_000, 10_000, AVIF),
      'decoding-too-large',
      /1700.0 MB.*950.0 MB/,
    ],
    ['what an interlaced PNG takes', claimingInterlaced(10_000, 10_000), 'decoding-too-large', /1000.0 MB/],
  ])('is refused for %s from its header, with what the limit is', async (_, bytes, code, message) => {
    const refusal = { code, message: expect.stringMatching(message), advice: expect.any(String) };
    expect(() => inspectPicture(bytes)).toThrow(expect.objectContaining(refusal));
    await expect(normalisePicture(bytes)).rejects.toMatchObject(refusal);
  });

  it('is refused for its bytes before anything of it is read', () => {
    expect(() => inspectPicture(Buffer.alloc(2000), { maxBytes: 1999 })).toThrow(
      expect.objectContaining({ code: 'picture-too-large' }),
    );
  });
});

describe('a picture within the limits', () => {
  it.each([
    ['a sensor of 50 megapixels', 8192, 6144],
    ['a sensor of 100 megapixels', 12_000, 9000],
    ['a long screenshot', 1080, 9600],
    ['a banner', 1024, 120],
  ])('is accepted by default: %s', (_, width, height) => {
    expect(inspectPicture(pngClaiming(width, height))).toMatchObject({ width, height });
  });

  it('is reduced to a longer side while it is decoded, and its own size is told', async () => {
    const bytes = await gradientPicture(400, 300).jpeg().toBuffer();
    const { raster, info } = await normalisePicture(bytes, { longerSide: 200 });
    expect([raster.width, raster.height, info.width, info.height]).toEqual([200, 150, 400, 300]);
  });
});

describe('checkPaintable', () => {
  it('passes a picture that is thick enough, and names the least size for one that is not', () => {
    expect(() => checkPaintable({ width: 1024, height: 120 }, 512)).not.toThrow();
    expect(() => checkPaintable({ width: 1024, height: 120 }, 133)).not.toThrow();
    const refusal = { code: 'picture-too-narrow', advice: expect.stringContaining('size of 133 or more') };
    for (const size of [
      { width: 1024, height: 120 },
      { width: 120, height: 1024 },
    ]) {
      expect(() => checkPaintable(size, 132)).toThrow(expect.objectContaining(refusal));
    }
  });
});

describe('metadata that swell or overlap', () => {
  it('in a PNG reach no decoder', async () => {
    const swelling = deflateSync(Buffer.alloc(7_900_000));
    const text = pngChunk('zTXt', Buffer.concat([Buffer.from('a\0\0'), swelling]));
    const international = pngChunk('iTXt', Buffer.concat([Buffer.from('a\0\x01\0\0\0'), swelling]));
    const profile = pngChunk('iCCP', Buffer.concat([Buffer.from('a\0\0'), swelling]));
    const plain = await gradientPicture(40, 30).png().toBuffer();
    const bombs = [...Array(25).fill(text), ...Array(25).fill(international), profile];
    const bytes = Buffer.concat([plain.subarray(0, 33), ...bombs, plain.subarray(33)]);
    expect(readHeader(bytes).decodable.length).toBeLessThanOrEqual(plain.length);
    const { raster } = await normalisePicture(bytes);
    expect(raster).toEqual((await normalisePicture(plain)).raster);
  });

  it('in a TIFF or an AVIF are refused', () => {
    const tags = Array.from({ length: 200 }, (_, index) => [0xc000 + index, 1, [0]] as const);
    const tiff = tiffOf(tags);
    for (let at = 10; at < 10 + 12 * tiff.readUInt16LE(8); at += 12) {
      if (tiff.readUInt16LE(at) >= 0xc000) tiff.writeUInt32LE(tiff.length, at + 4);
    }
    const refusal = expect.objectContaining({ code: 'truncated-picture' });
    expect(() => inspectPicture(tiff)).toThrow(refusal);
    const avif = heifClaiming('av01', 64, 64, AVIF);
    avif.writeUInt32BE(0x7fffffff, avif.indexOf('iloc') + 22);
    expect(() => inspectPicture(avif)).toThrow(refusal);
  });
});

describe('libvips', () => {
  const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');

  it.each([
    ['an SVG', SVG],
    ['a HEIF of no brand that is known', box('ftyp', 'xxxx\0\0\0\0')],
    ['a matrix', Buffer.from('2 2\n1 2\n3 4\n')],
  ])('has no loader for %s', async (_, bytes) => {
    await expect(sharp(bytes).metadata()).rejects.toThrow('unsupported image format');
  });

  it('reads no files', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'impasto-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    for (const format of ['png', 'jpeg', 'svg', 'v'] as const) {
      const file = path.join(folder, `picture.${format}`);
      const bytes =
        format === 'png' || format === 'jpeg' ? await gradientPicture(9, 9).toFormat(format).toBuffer() : SVG;
      await writeFile(file, bytes);
      await expect(sharp(file).metadata()).rejects.toThrow();
    }
  });
});
