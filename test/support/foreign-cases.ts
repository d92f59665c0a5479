import sharp from 'sharp';
import { fixturePicture, gradientPicture, plainPicture, pngClaiming } from './pictures.ts';
import { tiffOf } from './tiff.ts';

/** A file as people send them, and what is right for it. */
export interface ForeignCase {
  readonly name: string;
  readonly content: Uint8Array;
  /** Nothing: it is taken without a word. */
  readonly notice?: RegExp;
  /** It is refused with these words. */
  readonly refusal?: RegExp;
}

const photo = await gradientPicture(160, 120).jpeg({ quality: 90 }).toBuffer();
const png = await gradientPicture(80, 60).png().toBuffer();
const frames = await Promise.all(
  ['#f00', '#0f0', '#00f'].map((colour) => plainPicture(48, 32, colour).png().toBuffer()),
);
const moving = () => sharp(frames, { join: { animated: true } });
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const changed = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ 0xff;
  return copy;
};

/** A file of each kind that once hurt, was painted wrong or was refused by a wrong name, and of those that must stay right. */
export const foreignCases: readonly ForeignCase[] = [
  { name: 'good.jpg', content: photo },
  { name: 'phone.heic', content: fixturePicture('phone.heic') },
  { name: 'hdr.avif', content: fixturePicture('pq.avif') },
  { name: 'p3.avif', content: fixturePicture('p3-codes.avif') },
  {
    name: 'turned.jpg',
    content: await gradientPicture(80, 60).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  },
  { name: 'strip.png', content: await gradientPicture(1024, 120).png().toBuffer() },
  { name: 'cmyk.tif', content: await gradientPicture(80, 60).toColourspace('cmyk').tiff().toBuffer() },
  {
    name: 'all-transparent.png',
    content: await sharp({ create: { width: 40, height: 40, channels: 4, background: '#00000000' } })
      .png()
      .toBuffer(),
  },
  { name: 'no-end.jpg', content: photo.subarray(0, -2), notice: /end/ },
  {
    name: 'moving.gif',
    content: await moving().gif().toBuffer(),
    notice: /animation of 3 frames; the first/,
  },
  {
    name: 'moving.webp',
    content: await moving().webp().toBuffer(),
    notice: /animation of 3 frames; the first/,
  },
  { name: 'half.jpg', content: photo.subarray(0, photo.length / 2), refusal: /incomplete or damaged|end/ },
  { name: 'bad-crc.png', content: changed(png, png.length - 20), refusal: /damaged/ },
  { name: 'web-page.jpg', content: latin1('<!DOCTYPE html><html><body>Not found'), refusal: /web page/ },
  {
    name: 'polyglot.avif',
    content: latin1('<!--ftypavif--><svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>'),
    refusal: /SVG drawing/,
  },
  {
    name: 'raw.dng',
    content: tiffOf([
      [0xfe, 4, [1]],
      [0xc612, 1, [1, 4, 0, 0]],
    ]),
    refusal: /camera’s raw file.*raw converter/s,
  },
  { name: 'picture.jxl', content: latin1('\xff\x0a\xfa\x0f\x10\x90\x08\x08'), refusal: /JPEG XL/ },
  { name: 'picture.bmp', content: latin1('BM\x36\0\0\0\0\0\0\0\x36\0\0\0'), refusal: /BMP/ },
  { name: 'film.mp4', content: latin1('\0\0\0\x18ftypisom\0\0\0\0isomavc1'), refusal: /video/ },
  { name: 'huge.png', content: pngClaiming(100_000, 100_000), refusal: /100000×100000/ },
  { name: 'long.png', content: pngClaiming(3_000_000, 16), refusal: /3000000×16/ },
  { name: 'panorama.png', content: pngClaiming(30_000, 16), refusal: /30000×16/ },
  { name: 'dot.png', content: await gradientPicture(15, 15).png().toBuffer(), refusal: /only 15×15/ },
  { name: 'words.txt', content: latin1('words and nothing else'), refusal: /text, not a picture/ },
  { name: 'nothing.png', content: Buffer.alloc(0), refusal: /empty/ },
];
