import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { normalisePicture } from '../../../src/nst/image/normalise.ts';
import { pngChunk as chunk, fixturePicture as fixture } from '../../support/pictures.ts';
import { expectPixel, pixelAt } from '../../support/rasters.ts';

function numbers(...values: readonly number[]): Buffer {
  const data = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => {
    data.writeUInt32BE(value, 4 * at);
  });
  return data;
}

const cicp = (primaries: number, transfer: number, full = 1) =>
  chunk('cICP', Buffer.of(primaries, transfer, 0, full));
const gama = (value: number) => chunk('gAMA', numbers(value));
/** White, red, green, blue. */
const chrm = (...values: readonly number[]) => chunk('cHRM', numbers(...values));
const SRGB = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];
const ADOBE = [31_270, 32_900, 64_000, 33_000, 21_000, 71_000, 15_000, 6_000];

/** A PNG of one colour, in samples of 8 or 16 bits, with chunks behind its header. */
async function png(
  colour: readonly number[],
  chunks: readonly Uint8Array[],
  profile?: string,
): Promise<Buffer> {
  const deep = colour.some((sample) => sample > 255);
  const samples = Array.from({ length: 32 * 32 }, () => colour).flat();
  const image = sharp(deep ? Uint16Array.from(samples) : Uint8Array.from(samples), {
    raw: { width: 32, height: 32, channels: 3 },
  });
  if (profile) image.withIccProfile(profile);
  const bytes = await image
    .toColourspace(deep ? 'rgb16' : 'srgb')
    .png()
    .toBuffer();
  return Buffer.concat([bytes.subarray(0, 33), ...chunks, bytes.subarray(33)]);
}

async function shown(bytes: Buffer): Promise<number[]> {
  return pixelAt((await normalisePicture(bytes)).raster, 16, 16);
}

describe('a PNG', () => {
  it('in Display P3 by cICP looks as it does by a profile', async () => {
    const tagged = await png([117, 160, 67], [], 'p3');
    const { data } = await sharp(tagged, { ignoreIcc: true }).raw().toBuffer({ resolveWithObject: true });
    const byCodes = await shown(await png([...data.subarray(0, 3)], [cicp(12, 13)]));
    const byProfile = await shown(tagged);
    const differences = byCodes.map((sample, at) => Math.abs(sample - (byProfile[at] as number)));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    expect(Math.abs((byCodes[0] as number) - 117)).toBeLessThanOrEqual(2);
  });

  it('in PQ of 16 bits has a white that is white', async () => {
    // 203 cd/m² is 0.5807 of the signal.
    const [red] = await shown(await png([38_056, 38_056, 38_056], [cicp(9, 16)]));
    expect(red).toBeGreaterThan(250);
  });

  it('of video range is widened', async () => {
    expect(await shown(await png([235, 16, 126], [cicp(1, 13, 0)]))).toEqual([255, 0, 128]);
  });

  it('is taken by cICP before its profile, and by its profile before gAMA', async () => {
    const p3 = await png([117, 160, 67], [], 'p3');
    const stored = (await sharp(p3, { ignoreIcc: true }).raw().toBuffer()).subarray(0, 3);
    const withChunk = (extra: Uint8Array) => Buffer.concat([p3.subarray(0, 33), extra, p3.subarray(33)]);
    expect(await shown(withChunk(cicp(1, 13)))).toEqual([...stored]);
    expect(await shown(withChunk(gama(100_000)))).toEqual(await shown(p3));
  });

  it('is brightened or darkened by gAMA', async () => {
    expect(await shown(await png([128, 128, 128], [gama(100_000)]))).toEqual([188, 188, 188]);
    // 0.502 ** (1 / 0.55556) is 0.289, which is 0.574 in sRGB.
    expect(await shown(await png([128, 128, 128], [gama(55_556)]))).toEqual([146, 146, 146]);
  });

  it('is shown by cHRM in its own colours', async () => {
    // Adobe RGB, as colour-science 0.4.7 converts it.
    const [r, g, b] = (await shown(await png([119, 188, 172], [gama(45_470), chrm(...ADOBE)]))) as number[];
    expect([r, g, b].map((sample, at) => Math.abs(sample - [68, 189, 173][at]) <= 1)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('is sRGB where gAMA and cHRM say what stands for it, or an sRGB chunk overrules them', async () => {
    const colour = [10, 128, 240];
    expect(await shown(await png(colour, [gama(45_455), chrm(...SRGB)]))).toEqual(colour);
    expect(await shown(await png(colour, [gama(45_455)]))).toEqual(colour);
    expect(
      await shown(await png(colour, [chunk('sRGB', Buffer.of(0)), gama(100_000), chrm(...ADOBE)])),
    ).toEqual(colour);
  });

  it('is not upset by gAMA and cHRM without sense', async () => {
    const colour = [10, 128, 240];
    for (const value of [0, 1, 4_294_967_295]) {
      expect(await shown(await png(colour, [gama(value)]))).toEqual(colour);
    }
    for (const values of [
      Array(8).fill(0),
      Array(8).fill(4_294_967_295),
      [...SRGB.slice(0, 2), ...Array(6).fill(30_000)],
    ]) {
      expect(await shown(await png(colour, [chrm(...values)]))).toEqual(colour);
    }
    expect(await shown(await png(colour, [cicp(200, 200)]))).toEqual(colour);
  });
});

describe('a JPEG', () => {
  /** A JPEG of one colour, with the EXIF data of a camera. */
  async function jpeg(interoperability: string, profile?: string): Promise<Buffer> {
    const image = sharp({ create: { width: 32, height: 32, channels: 3, background: '#77bcac' } });
    if (profile) image.withIccProfile(profile);
    // libvips' names of EXIF's own directory and of that of interoperability, which sharp's types do not know.
    const exif = { IFD2: { ColorSpace: '65535' }, IFD4: { InteroperabilityIndex: interoperability } };
    return image.withExifMerge(exif).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
  }

  it('of a camera set to Adobe RGB is shown in these colours', async () => {
    // As colour-science 0.4.7 converts it.
    expectPixel((await normalisePicture(await jpeg('R03'))).raster, 16, 16, [68, 189, 173], 4);
  });

  it('is sRGB by another rule, and as its profile says where it has one', async () => {
    expectPixel((await normalisePicture(await jpeg('R98'))).raster, 16, 16, [119, 188, 172], 2);
    expectPixel((await normalisePicture(await jpeg('R03', 'p3'))).raster, 16, 16, [119, 188, 172], 2);
  });
});

describe('an AVIF', () => {
  it('that says no more than that it is a HEIF is known by its picture', async () => {
    const bytes = Buffer.from(
      fixture('p3-codes.avif').toString('latin1').replaceAll('avif', 'mif1'),
      'latin1',
    );
    const { raster, info } = await normalisePicture(bytes);
    expect(info.format).toBe('avif');
    expectPixel(raster, 64, 48, [204, 51, 51], 5);
  });

  it.each(['pq.avif', 'hlg.avif'])(
    'of high dynamic range has a white that is white, and black and colours: %s',
    async (name) => {
      const { raster } = await normalisePicture(fixture(name));
      for (const sample of pixelAt(raster, 64, 48)) expect(sample).toBeGreaterThan(235);
      const [r, g, b] = pixelAt(raster, 124, 3) as [number, number, number];
      expect(r).toBeGreaterThan(250);
      expect(Math.max(g, b)).toBeLessThan(120);
    },
  );

  it.each([
    ['codes', 'p3-codes.avif'],
    ['a profile, whatever its codes say', 'p3-profile-and-codes.avif'],
  ])('in Display P3 is converted by %s', async (_, name) => {
    const { raster } = await normalisePicture(fixture(name));
    expectPixel(raster, 64, 48, [204, 51, 51], 5);
    expectPixel(raster, 3, 92, [6, 244, 64], 14);
  });
});
