import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readParameters } from '../../src/nst/image/encode.ts';
import { imagesHere } from '../support/in-this-process.ts';
import { gradientPicture, noisePicture, packed } from '../support/pictures.ts';

/** A picture that somebody is owed. */
const own = (bytes: Uint8Array) => ({ read: async () => bytes, person: 'ann' });

const EVERYTHING = ['png', 'jpeg', 'webp', 'gif'] as const;
const NO_WEBP = ['png', 'jpeg', 'gif'] as const;

/** Frames of growing brightness. */
async function film(frames: number): Promise<Buffer> {
  const pictures = Array.from({ length: frames }, (_, at) =>
    sharp({ create: { width: 20, height: 20, channels: 3, background: { r: 60 * at, g: 0, b: 0 } } })
      .png()
      .toBuffer(),
  );
  return sharp(await Promise.all(pictures), { join: { animated: true } })
    .webp()
    .toBuffer();
}

describe('a picture for sending', () => {
  it('is left as it is where it fits and is shown', async () => {
    const png = await gradientPicture(60, 40).png().toBuffer();
    const fitted = await imagesHere.fit(own(png), 1e6, EVERYTHING);
    expect(fitted).toMatchObject({ format: 'png', reduced: false });
    expect(fitted.bytes).toBe(png);
  });

  it('becomes a JPEG, smaller if need be, where it does not fit, and keeps its parameters', async () => {
    const png = await noisePicture(200, 150)
      .withExif({ IFD0: { Software: 'Impasto', ImageDescription: '{"seed":7}' } })
      .png()
      .toBuffer();
    for (const share of [0.9, 0.3, 0.05]) {
      const maxBytes = Math.round(share * png.length);
      const { bytes, format, reduced } = await imagesHere.fit(own(png), maxBytes, EVERYTHING);
      expect({ format, reduced }).toEqual({ format: 'jpeg', reduced: true });
      expect(bytes.length).toBeLessThanOrEqual(maxBytes);
      expect(await readParameters(bytes)).toEqual({ seed: 7 });
    }
  });

  it('keeps its opacity, in a format that is shown', async () => {
    const png = await noisePicture(200, 150, 4).png().toBuffer();
    for (const [formats, format] of [
      [EVERYTHING, 'webp'],
      [NO_WEBP, 'png'],
    ] as const) {
      const fitted = await imagesHere.fit(own(png), Math.round(png.length / 2), formats);
      expect(fitted).toMatchObject({ format, reduced: true });
      expect((await sharp(fitted.bytes).metadata()).hasAlpha).toBe(true);
    }
  });

  it('is a PNG when it was a packed raster, or a WebP where none is shown', async () => {
    const webp = await gradientPicture(60, 40).webp().toBuffer();
    for (const bytes of [await packed(gradientPicture(60, 40)), webp]) {
      const fitted = await imagesHere.fit(own(bytes), 1e6, NO_WEBP);
      expect(fitted).toMatchObject({ format: 'png', reduced: false });
      expect(await sharp(fitted.bytes).metadata()).toMatchObject({ format: 'png', width: 60, height: 40 });
    }
  });

  it('that moves becomes a GIF of as many frames where no WebP is shown', async () => {
    const moving = await film(3);
    const { bytes, format } = await imagesHere.fit(own(moving), 1e6, NO_WEBP);
    expect(format).toBe('gif');
    expect((await sharp(bytes).metadata()).pages).toBe(3);
    expect(await imagesHere.fit(own(moving), 1e6, EVERYTHING)).toMatchObject({ format: 'webp' });
    await expect(imagesHere.fit(own(moving), 100, NO_WEBP)).rejects.toMatchObject({
      code: 'upload-too-large',
    });
  });

  it('is refused when nothing makes it small enough', async () => {
    const png = await noisePicture(200, 150).png().toBuffer();
    await expect(imagesHere.fit(own(png), 100, EVERYTHING)).rejects.toMatchObject({
      code: 'upload-too-large',
    });
  });

  it('is refused when it is none of ours', async () => {
    const tiff = await gradientPicture(60, 40).tiff().toBuffer();
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"/>');
    for (const foreign of [tiff, svg, Buffer.from('words')]) {
      await expect(imagesHere.fit(own(foreign), 1e6, EVERYTHING)).rejects.toMatchObject({
        code: 'picture-damaged',
      });
      await expect(imagesHere.preview(own(foreign), 100)).rejects.toMatchObject({ code: 'picture-damaged' });
      expect(await imagesHere.parameters(own(foreign))).toBeUndefined();
    }
  });
});

describe('a small version', () => {
  it('is a WebP of the side that was asked for, never enlarged', async () => {
    const bytes = await packed(gradientPicture(60, 40));
    for (const [side, width] of [
      [30, 30],
      [600, 60],
    ] as const) {
      const small = await imagesHere.preview(own(bytes), side);
      expect(await sharp(small).metadata()).toMatchObject({ format: 'webp', width, height: (width * 2) / 3 });
    }
    const square = await imagesHere.preview(own(bytes), 20, true);
    expect(await sharp(square).metadata()).toMatchObject({ width: 20, height: 20 });
  });
});

describe('pictures that several people want', () => {
  it('are read and made in turns, and not too many for one; what is owed waits however many there are', async () => {
    const bytes = await gradientPicture(60, 40).png().toBuffer();
    const order: string[] = [];
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const read = (person: string) => {
      order.push(person);
      return gate.then(() => bytes);
    };
    const want = (person: string, owed = false) =>
      imagesHere.fit({ person, owed, read: () => read(person) }, 1e6, EVERYTHING);
    const many = Array.from({ length: 20 }, () => want('mallory'));
    await expect(want('mallory')).rejects.toMatchObject({ code: 'over-limit' });
    const others = [want('ann'), want('mallory', true)];
    open();
    await Promise.all([...many, ...others]);
    expect(order.indexOf('ann')).toBe(1);
    expect(order).toHaveLength(22);
  });
});
