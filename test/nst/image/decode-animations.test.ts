import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { normalisePicture } from '../../../src/nst/image/normalise.ts';
import type { Raster } from '../../../src/nst/image/raster.ts';
import { box } from '../../support/heif.ts';
import { gradientPicture, plainPicture, png, pngChunk, pngHeader } from '../../support/pictures.ts';
import { tiffOf } from '../../support/tiff.ts';

const RED = [255, 0, 0, 255];
const FREE = [0, 0, 0, 0];

/** A pixel with its opacity. */
function pixel({ width, channels, data }: Raster, x: number, y: number): number[] {
  const at = (y * width + x) * channels;
  return [...data.subarray(at, at + channels), ...(channels === 3 ? [255] : [])];
}

/** Compressed rows of one colour, as PNG has them. */
function rows(width: number, height: number, colour: readonly number[]): Buffer {
  const row = Buffer.from([0, ...Array.from({ length: width }, () => colour.slice(0, 3)).flat()]);
  return deflateSync(Buffer.concat(Array(height).fill(row)));
}

/** A frame control of an APNG. */
function frameControl(sequence: number, width: number, height: number, left: number, top: number): Buffer {
  const data = Buffer.alloc(26);
  [sequence, width, height, left, top].forEach((value, index) => {
    data.writeUInt32BE(value, 4 * index);
  });
  return pngChunk('fcTL', data);
}

const animated = (frames: number) => pngChunk('acTL', Buffer.from([0, 0, 0, frames, 0, 0, 0, 0]));
const frameData = (sequence: number, data: Buffer) =>
  pngChunk('fdAT', Buffer.concat([Buffer.from([0, 0, 0, sequence]), data]));

/** A GIF of 64 × 64 whose frames of one colour are placed as given; by sharp, but for their places. */
async function gifOf(
  places: readonly (readonly [left: number, top: number, side: number])[],
): Promise<Buffer> {
  const bodies = await Promise.all(
    places.map(async ([left, top, side]) => {
      const gif = await plainPicture(side, side, 'red').gif().toBuffer();
      const frame = gif.subarray(gif.indexOf(Buffer.from([0x2c, 0, 0, 0, 0])), -1);
      frame.writeUInt16LE(left, 1);
      frame.writeUInt16LE(top, 3);
      return frame;
    }),
  );
  const gif = await plainPicture(64, 64, 'red').gif().toBuffer();
  const head = gif.subarray(0, 13 + 3 * 2 ** (((gif[10] as number) & 7) + 1));
  return Buffer.concat([head, ...bodies, Buffer.from(';')]);
}

describe('a GIF', () => {
  it('whose first frame does not cover its canvas is transparent around it, as in browsers', async () => {
    const { raster, info, notices } = await normalisePicture(await gifOf([[16, 24, 32]]));
    expect(info).toMatchObject({ width: 64, height: 64, hasAlpha: true, pages: 1 });
    expect([pixel(raster, 0, 0), pixel(raster, 15, 30), pixel(raster, 20, 23)]).toEqual([FREE, FREE, FREE]);
    expect([pixel(raster, 16, 24), pixel(raster, 47, 55)]).toEqual([RED, RED]);
    expect(pixel(raster, 48, 55)).toEqual(FREE);
    expect(notices).toEqual([]);
  });

  it('is reduced with its canvas', async () => {
    const { raster } = await normalisePicture(await gifOf([[0, 0, 32]]), { longerSide: 32 });
    expect(raster).toMatchObject({ width: 32, height: 32, channels: 4 });
    expect([pixel(raster, 4, 4), pixel(raster, 28, 28)]).toEqual([RED, FREE]);
  });

  it('of several frames gives the first, and says so', async () => {
    const { info, notices } = await normalisePicture(
      await gifOf([
        [0, 0, 64],
        [3, 3, 9],
        [5, 5, 9],
      ]),
    );
    expect(info.pages).toBe(3);
    expect(notices).toEqual(['It is an animation of 3 frames; the first is used.']);
  });

  it('is as large as a first frame that leaves its canvas', async () => {
    const { info } = await normalisePicture(await gifOf([[40, 0, 32]]));
    expect(info).toMatchObject({ width: 72, height: 64 });
  });

  it('is not decoded beyond its first frame, however many there are', async () => {
    const gif = await gifOf([[0, 0, 64]]);
    const frame = Buffer.from('2c00000000010001000002024c0100', 'hex');
    const many = (count: number) =>
      Buffer.concat([gif.subarray(0, -1), Buffer.concat(Array(count).fill(frame)), Buffer.from(';')]);
    expect((await normalisePicture(many(5000))).info.pages).toBe(5001);
    await expect(normalisePicture(many(2_000_000))).rejects.toMatchObject({
      code: 'too-many-frames',
      message: expect.stringContaining('10000 frames'),
    });
  });
});

describe('an APNG', () => {
  const header = pngHeader(32, 24);

  it('whose still picture begins the animation gives that', async () => {
    const still = pngChunk('IDAT', rows(32, 24, RED));
    const frames = [frameControl(1, 32, 24, 0, 0), frameData(2, rows(32, 24, [0, 0, 255]))];
    const bytes = png([header, animated(2), frameControl(0, 32, 24, 0, 0), still, ...frames]);
    const { raster, info, notices } = await normalisePicture(bytes);
    expect([info.pages, pixel(raster, 5, 5)]).toEqual([2, RED]);
    expect(notices).toEqual(['It is an animation of 2 frames; the first is used.']);
  });

  it('whose still picture is apart gives the animation’s first frame in its place, as browsers do', async () => {
    const still = pngChunk('IDAT', rows(32, 24, [0, 255, 0]));
    const data = rows(16, 12, RED);
    const frame = [frameData(1, data.subarray(0, 9)), frameData(2, data.subarray(9))];
    const bytes = png([header, animated(1), still, frameControl(0, 16, 12, 8, 6), ...frame]);
    const { raster, info, notices } = await normalisePicture(bytes);
    expect(info).toMatchObject({ width: 32, height: 24, hasAlpha: true });
    expect([pixel(raster, 7, 6), pixel(raster, 8, 6), pixel(raster, 23, 17), pixel(raster, 24, 17)]).toEqual([
      ...[FREE, RED, RED, FREE],
    ]);
    expect(notices).toEqual([expect.stringMatching(/animation.*first frame/)]);
  });

  it('whose first frame leaves the canvas is refused', async () => {
    const still = pngChunk('IDAT', rows(32, 24, [0, 255, 0]));
    const bytes = png([
      header,
      animated(1),
      still,
      frameControl(0, 32, 24, 1, 0),
      frameData(1, rows(32, 24, RED)),
    ]);
    await expect(normalisePicture(bytes)).rejects.toMatchObject({ code: 'truncated-picture' });
  });
});

describe('an animated WebP', () => {
  it.each([true, false])(
    'gives its first frame, and what it leaves free is transparent (lossless: %s)',
    async (lossless) => {
      const frames = await Promise.all(
        ['red', 'blue'].map((name) => plainPicture(32, 32, name).png().toBuffer()),
      );
      const bytes = await sharp(frames, { join: { animated: true } })
        .webp({ lossless })
        .toBuffer();
      const whole = await normalisePicture(bytes);
      expect(whole.notices).toEqual(['It is an animation of 2 frames; the first is used.']);
      expect(pixel(whole.raster, 9, 9).map((value) => Math.round(value / 8))).toEqual([32, 0, 0, 32]);
      // A canvas of 48 × 40, with the frame 8 to the right and 4 down.
      const canvas = bytes.indexOf('VP8X') + 12;
      bytes.writeUIntLE(47, canvas, 3);
      bytes.writeUIntLE(39, canvas + 3, 3);
      const frame = bytes.indexOf('ANMF') + 8;
      bytes.writeUIntLE(4, frame, 3);
      bytes.writeUIntLE(2, frame + 3, 3);
      const { raster } = await normalisePicture(bytes);
      expect(raster).toMatchObject({ width: 48, height: 40, channels: 4 });
      expect([pixel(raster, 7, 5), pixel(raster, 40, 9), pixel(raster, 20, 3)]).toEqual([FREE, FREE, FREE]);
      expect([pixel(raster, 8, 4)[3], pixel(raster, 39, 35)[3]]).toEqual([255, 255]);
    },
  );
});

describe('an animated AVIF', () => {
  it('gives its still picture, and says how many frames there are', async () => {
    const still = await gradientPicture(64, 48).avif({ quality: 90 }).toBuffer();
    const sizes = box('stsz', Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]));
    const track = box('trak', box('mdia', box('minf', box('stbl', sizes))));
    const bytes = Buffer.concat([still, box('moov', track)]);
    bytes.write('avis', 8);
    bytes.write('avis', 16);
    const { info, notices } = await normalisePicture(bytes);
    expect(info).toMatchObject({ format: 'avif', width: 64, height: 48, pages: 3 });
    expect(notices).toEqual(['It is an animation of 3 frames; the first is used.']);
  });
});

describe('a TIFF of several pages', () => {
  /** Links a page to so many more, each without anything. */
  function pages(more: number): Buffer {
    const first = tiffOf([]);
    const end = 10 + 12 * first.readUInt16LE(8);
    first.writeUInt32LE(first.length, end);
    const empty = Buffer.alloc(6 * more);
    for (let page = 0; page < more - 1; page++)
      empty.writeUInt32LE(first.length + 6 * (page + 1), 6 * page + 2);
    return Buffer.concat([first, empty]);
  }

  it('gives the first, and calls them pages', async () => {
    const { info, notices } = await normalisePicture(pages(2));
    expect(info.pages).toBe(3);
    expect(notices).toEqual(['It has 3 pages; the first is used.']);
  });

  it('is refused when there are very many, and read when they go round in a circle', async () => {
    await expect(normalisePicture(pages(300_000))).rejects.toMatchObject({
      code: 'too-many-pages',
      message: expect.stringContaining('1000 pages'),
    });
    const circle = pages(2);
    circle.writeUInt32LE(8, circle.length - 4);
    expect((await normalisePicture(circle)).info.pages).toBe(3);
  });
});
