import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { normalisePicture } from '../../../src/nst/image/normalise.ts';
import type { Raster } from '../../../src/nst/image/raster.ts';
import { gradientPicture, plainPicture, pngChunk } from '../../support/pictures.ts';

const END = Buffer.from('ffd9', 'hex');
const refused = { code: 'truncated-picture', advice: expect.any(String) };

/** A noisy picture, whose rows all take about as many bytes. */
const noisy = (width: number, height: number) =>
  gradientPicture(width, height).composite([
    {
      input: Buffer.from(Array.from({ length: width * height }, (_, at) => (at * 7919) % 255)),
      raw: { width, height, channels: 1 },
      blend: 'soft-light',
    },
  ]);

/** Whether rasters are alike. An assertion on hundreds of thousands of numbers, one by one, takes seconds. */
const alike = (a: Raster, b: Raster) => isDeepStrictEqual(a, b);

describe.each([
  ['colour', noisy(320, 640), {}],
  ['full colour', noisy(320, 640), { chromaSubsampling: '4:4:4' }],
  ['grey', noisy(320, 640).greyscale(), {}],
  ['optimised', noisy(320, 640), { optimiseCoding: true, quality: 98 }],
])('a baseline JPEG in %s', (_, picture, options) => {
  it('that lacks its last bytes is whole, and said to lack them', async () => {
    const bytes = await picture.clone().jpeg(options).toBuffer();
    const { raster, notices } = await normalisePicture(bytes.subarray(0, -2));
    expect(alike(raster, (await normalisePicture(bytes)).raster)).toBe(true);
    expect(notices).toEqual(['It lacks its last bytes; nothing of the picture is missing.']);
  });

  it('that lacks 3 % is painted and said to, one that lacks 8 % is refused', async () => {
    const bytes = await picture.clone().jpeg(options).toBuffer();
    const { notices } = await normalisePicture(bytes.subarray(0, 0.97 * bytes.length));
    expect(notices).toEqual([expect.stringMatching(/^It lacks its end; the last [345] % of the picture/)]);
    for (const kept of [0.92, 0.5, 0.1]) {
      await expect(normalisePicture(bytes.subarray(0, kept * bytes.length))).rejects.toMatchObject(refused);
    }
  });

  it('that ends early is refused although an end was put behind it', async () => {
    const bytes = await picture.clone().jpeg(options).toBuffer();
    const half = Buffer.concat([bytes.subarray(0, bytes.length / 2), END]);
    await expect(normalisePicture(half)).rejects.toMatchObject(refused);
    await expect(normalisePicture(half, { longerSide: 100 })).rejects.toMatchObject(refused);
  });
});

describe('a progressive JPEG', () => {
  it('is used as far as it goes where its first scan is whole, and refused where it is not', async () => {
    const bytes = await noisy(320, 640).jpeg({ progressive: true }).toBuffer();
    const first = bytes.indexOf('ffda', 'hex');
    const second = bytes.indexOf('ffda', first + 2, 'hex');
    for (const kept of [bytes.length - 2, 0.7 * bytes.length, second]) {
      const { notices } = await normalisePicture(bytes.subarray(0, kept));
      expect(notices).toEqual([expect.stringMatching(/^It lacks its end; it is used as far as it goes/)]);
    }
    const within = first + 0.98 * (second - first);
    await expect(normalisePicture(bytes.subarray(0, within))).rejects.toMatchObject(refused);
  });
});

describe('a JPEG', () => {
  it('that ends in one colour is whole', async () => {
    const bytes = await plainPicture(320, 240, '#808080').jpeg().toBuffer();
    expect((await normalisePicture(bytes)).notices).toEqual([]);
  });

  it('with a wrong byte is painted as far as decoders get over it', async () => {
    const bytes = await noisy(320, 240).jpeg().toBuffer();
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 0x10;
    expect((await normalisePicture(bytes)).raster).toMatchObject({ width: 320, height: 240 });
  });

  it('with bytes before its end, and a wrong spectral selection, is painted as it is', async () => {
    const bytes = await noisy(320, 240).jpeg().toBuffer();
    const expected = (await normalisePicture(bytes)).raster;
    const extraneous = Buffer.concat([bytes.subarray(0, -2), Buffer.alloc(7, 0x55), END]);
    expect(alike((await normalisePicture(extraneous)).raster, expected)).toBe(true);
    const scan = Buffer.from(bytes);
    scan[scan.indexOf('ffda', 'hex') + 12] = 0;
    expect(alike((await normalisePicture(scan)).raster, expected)).toBe(true);
  });

  it('of very many scans is refused', async () => {
    const bytes = await noisy(320, 240).jpeg({ progressive: true }).toBuffer();
    const scan = bytes.subarray(bytes.lastIndexOf('ffda', undefined, 'hex'), -2);
    const many = Buffer.concat([bytes.subarray(0, -2), ...Array(1000).fill(scan), END]);
    await expect(normalisePicture(many)).rejects.toMatchObject({
      code: 'unsupported-picture',
      message: expect.stringContaining('64 scans'),
    });
  });
});

describe('a PNG', () => {
  it('that lacks only its end is whole, and said to lack it', async () => {
    const bytes = await gradientPicture(40, 30).png().toBuffer();
    const { notices } = await normalisePicture(bytes.subarray(0, -12));
    expect(notices).toEqual(['It lacks its last bytes; nothing of the picture is missing.']);
    await expect(normalisePicture(bytes.subarray(0, -13))).rejects.toMatchObject(refused);
  });

  it('with a wrong checksum is refused', async () => {
    const bytes = await gradientPicture(40, 30).png().toBuffer();
    const data = bytes.indexOf('IDAT');
    const end = data + 4 + bytes.readUInt32BE(data - 4);
    bytes[end] = (bytes[end] as number) ^ 1;
    await expect(normalisePicture(bytes)).rejects.toMatchObject(refused);
  });

  it('of hundreds of thousands of parts is refused', async () => {
    const bytes = await gradientPicture(40, 30).png().toBuffer();
    const empty = pngChunk('IDAT', Buffer.alloc(0));
    const many = Buffer.concat([
      bytes.subarray(0, 33),
      Buffer.concat(Array(300_000).fill(empty)),
      bytes.subarray(33),
    ]);
    await expect(normalisePicture(many)).rejects.toMatchObject({ message: expect.stringContaining('parts') });
  });
});
