import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import type { ANATOMIES } from './anatomy.ts';
import { uint16, uint32 } from './picture-files.ts';
import { fixturePicture, png, pngChunk, pngHeader } from './pictures.ts';

/** A small, sound picture. */
export interface Specimen {
  /** Format and kind, such as `png interlaced`. */
  readonly name: string;
  readonly anatomy: keyof typeof ANATOMIES;
  readonly bytes: Buffer;
}

const [WIDTH, HEIGHT, FRAMES] = [120, 90, 3];

/** Sound pictures of the kinds that people send. */
export async function specimens(): Promise<readonly Specimen[]> {
  const made: [string, Specimen['anatomy'], Sharp | Buffer][] = [
    [
      'jpeg baseline',
      'jpeg',
      picture()
        .withIccProfile('p3')
        .withExif({ IFD0: { Artist: 'nobody' } })
        .jpeg(),
    ],
    ['jpeg progressive', 'jpeg', picture().jpeg({ progressive: true, chromaSubsampling: '4:4:4' })],
    ['jpeg grey', 'jpeg', picture().greyscale().withMetadata({ orientation: 6 }).jpeg()],
    ['jpeg cmyk', 'jpeg', picture().toColourspace('cmyk').withIccProfile('cmyk').jpeg()],
    ['png', 'png', picture(4).withIccProfile('p3').withMetadata({ orientation: 8 }).png()],
    ['png 16 bits', 'png', picture().toColourspace('rgb16').png()],
    ['png interlaced', 'png', picture().png({ progressive: true })],
    ['png palette', 'png', picture().png({ palette: true, colours: 16 })],
    ['apng', 'png', apng()],
    ['webp lossy', 'webp', picture(4).withIccProfile('p3').webp()],
    ['webp lossless', 'webp', picture(4).webp({ lossless: true })],
    ['webp animated', 'webp', animation().webp()],
    ['gif animated', 'gif', animation().gif()],
    ['avif', 'heif', picture().avif({ effort: 0 })],
    ['avif with opacity', 'heif', picture(4).avif({ effort: 0, bitdepth: 10 })],
    ['avif hdr', 'heif', fixturePicture('pq.avif')],
    ['heic', 'heif', fixturePicture('phone.heic')],
    ['heic with opacity', 'heif', fixturePicture('translucent.heic')],
    ['heic hdr', 'heif', fixturePicture('pq.heic')],
    ['heic sequence', 'heif', fixturePicture('sequence.heics')],
    [
      'tiff strips',
      'tiff',
      picture().withIccProfile('p3').tiff({ compression: 'lzw', predictor: 'horizontal' }),
    ],
    [
      'tiff tiles',
      'tiff',
      picture(4).tiff({ compression: 'deflate', tile: true, tileWidth: 64, tileHeight: 48 }),
    ],
    ['tiff jpeg', 'tiff', picture().tiff({ compression: 'jpeg' })],
    ['tiff fax', 'tiff', picture().toColourspace('b-w').tiff({ compression: 'ccittfax4', bitdepth: 1 })],
    ['tiff big', 'tiff', picture().tiff({ compression: 'packbits', bigtiff: true })],
    ['tiff pages', 'tiff', animation().tiff({ compression: 'none' })],
  ];
  return Promise.all(
    made.map(async ([name, anatomy, from]) => ({
      name,
      anatomy,
      bytes: Buffer.isBuffer(from) ? from : await from.toBuffer(),
    })),
  );
}

/** Waves, so that there is something to decode everywhere. */
function picture(channels: 3 | 4 = 3): Sharp {
  return sharp(samples(HEIGHT, channels), { raw: { width: WIDTH, height: HEIGHT, channels } });
}

function animation(): Sharp {
  const raw = { width: WIDTH, height: FRAMES * HEIGHT, channels: 3, pageHeight: HEIGHT } as const;
  return sharp(samples(FRAMES * HEIGHT, 3), { raw });
}

function samples(height: number, channels: number): Buffer {
  return Buffer.from(
    Array.from({ length: WIDTH * height * channels }, (_, at) =>
      Math.round(128 + 90 * Math.sin(at / 7 + (at % 5)) + 30 * Math.sin(at / (WIDTH * channels))),
    ),
  );
}

/** Its first frame lies in a corner of the still picture. */
function apng(): Buffer {
  const rows = (width: number, height: number) => deflateSync(Buffer.alloc(height * (1 + 3 * width)));
  const control = (sequence: number, width: number, height: number) =>
    pngChunk(
      'fcTL',
      Buffer.concat([
        uint32(sequence),
        uint32(width),
        uint32(height),
        uint32(8),
        uint32(8),
        uint16(1),
        uint16(10),
        Buffer.alloc(2),
      ]),
    );
  return png([
    pngHeader(WIDTH, HEIGHT),
    pngChunk('acTL', Buffer.concat([uint32(2), uint32(0)])),
    pngChunk('IDAT', rows(WIDTH, HEIGHT)),
    control(0, 64, 48),
    pngChunk('fdAT', Buffer.concat([uint32(1), rows(64, 48)])),
    control(2, 32, 32),
    pngChunk('fdAT', Buffer.concat([uint32(3), rows(32, 32)])),
  ]);
}
