import { deflateSync } from 'node:zlib';
import type { ErrorCode } from '../../src/nst/errors.ts';
import type { FakeFile } from './fake-platform.ts';
import { avifParts, box, gridOf, heifFile, ispe } from './heif.ts';
import {
  JPEG_END,
  JPEG_START,
  jpegFrame,
  jpegScan,
  jpegSegment,
  latin1,
  oneCode,
  riffChunk,
  uint32,
  webpCanvas,
  webpFile,
} from './picture-files.ts';
import { png, pngChunk, pngClaiming, pngHeader } from './pictures.ts';
import { tiffOf } from './tiff.ts';

/** A small file that stops a bot, or takes much of its time or memory, where nobody sees to it. */
export interface HostilePicture {
  readonly name: string;
  readonly file: FakeFile;
  /** What it is refused as, from its header. */
  readonly code: ErrorCode;
}

/** They are made in three seconds; none has more than two million bytes. */
export async function hostilePictures(): Promise<readonly HostilePicture[]> {
  return [
    ...drawings(),
    ...(await avifs()),
    ...jpegs(),
    ...pngs(),
    {
      name: 'a GIF of 110,000 frames',
      file: { name: 'frames.gif', content: gifOfFrames(110_000) },
      code: 'too-many-frames',
    },
    {
      name: 'a TIFF whose directories lie in each other',
      file: { name: 'directories.tif', content: tiffOfDirectories() },
      code: 'too-many-pages',
    },
    {
      name: 'a TIFF of one tile of 60,000 × 60,000 pixels',
      file: {
        name: 'tile.tif',
        content: tiffOf([
          [0x142, 4, [60_000]],
          [0x143, 4, [60_000]],
        ]),
      },
      code: 'unsupported-picture',
    },
    {
      name: 'a WebP whose canvas is as wide as it can be',
      file: {
        name: 'canvas.webp',
        content: webpFile(webpCanvas(2 ** 24, 6, 2), riffChunk('ANMF', Buffer.alloc(16), webpPixel())),
      },
      code: 'picture-too-long',
    },
  ];
}

/** Drawings that begin like an AVIF; a loader of SVG is busy with them for minutes. */
function drawings(): HostilePicture[] {
  const drawing = (content: string) =>
    latin1(
      `<!--ftypavif--><svg xmlns="http://www.w3.org/2000/svg" width="999" height="999">${content}</svg>`,
    );
  const turbulence = '<feTurbulence baseFrequency="0.9" numOctaves="99"/>'.repeat(500);
  return [
    {
      name: 'a drawing with style rules that begins like an AVIF',
      file: {
        name: 'rules.avif',
        content: drawing(`<style>${'.a>.b~.c{fill:red}'.repeat(30_000)}</style>`),
      },
      code: 'unsupported-picture',
    },
    {
      name: 'a drawing with turbulence that begins like an AVIF',
      file: {
        name: 'turbulence.avif',
        content: drawing(
          `<filter id="f">${turbulence}</filter><rect width="999" height="999" filter="url(#f)"/>`,
        ),
      },
      code: 'unsupported-picture',
    },
  ];
}

async function avifs(): Promise<HostilePicture[]> {
  const [large, tile, small] = await Promise.all([7000, 1000, 64].map(avifParts));
  const [{ file, data, config }] = [large];
  const alpha = box('auxC', '\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0');
  const coded = (of: Uint8Array, ...properties: number[]) => ({ kind: 'av01', data: of, properties });
  const avif = (name: string, code: ErrorCode, content: Buffer): HostilePicture => ({
    name: `an AVIF ${name}`,
    file: { name: `${code}.avif`, content },
    code,
  });
  const cut = box('clap', ...[64, 1, 64, 1, 0, 1, 0, 1].map(uint32));
  const overlay = Buffer.concat([Buffer.alloc(10), uint32(16_000), uint32(16_000), Buffer.alloc(8)]);
  return [
    avif('of 7000 × 7000 pixels', 'decoding-too-large', file),
    avif(
      'of 7000 × 7000 pixels that is cut to 64 × 64',
      'decoding-too-large',
      heifFile('avif', [coded(data, 1, 2, 3)], [ispe(7000, 7000), config, cut]),
    ),
    avif(
      'of 64 × 64 pixels whose opacity has 7000 × 7000',
      'decoding-too-large',
      heifFile(
        'avif',
        [coded(small.data, 1, 2), coded(data, 3, 4, 5)],
        [ispe(64, 64), small.config, ispe(7000, 7000), config, alpha],
        [['auxl', 2, [1]]],
      ),
    ),
    avif(
      'that is one tile 196 times, and says that it has 64 × 64 pixels',
      'decoding-too-large',
      heifFile(
        'avif',
        [{ kind: 'grid', data: gridOf(14, 14, 14_000, 14_000), properties: [1] }, coded(tile.data, 2, 3)],
        [ispe(64, 64), ispe(1000, 1000), tile.config],
        [['dimg', 1, Array<number>(196).fill(2)]],
      ),
    ),
    avif(
      'whose picture is 30 pictures, one after the other',
      'unsupported-picture',
      heifFile(
        'avif',
        [coded(Buffer.concat(Array(30).fill(small.data)), 1, 2)],
        [ispe(64, 64), small.config],
      ),
    ),
    avif(
      'of a thousand items that share a megabyte',
      'truncated-picture',
      heifFile('avif', Array(1000).fill(coded(Buffer.alloc(1e6), 1)), [ispe(64, 64)]),
    ),
    avif(
      'that lays 64 × 64 pixels on a canvas of 16,000 × 16,000',
      'unsupported-picture',
      heifFile(
        'avif',
        [{ kind: 'iovl', data: overlay, properties: [1] }, coded(small.data, 1, 2)],
        [ispe(64, 64), small.config],
        [['dimg', 1, [2]]],
      ),
    ),
    avif(
      'that is made of itself',
      'truncated-picture',
      heifFile(
        'avif',
        [
          { kind: 'iden', data: Buffer.alloc(1), properties: [1] },
          { kind: 'iden', data: Buffer.alloc(1), properties: [1] },
        ],
        [ispe(64, 64)],
        [
          ['dimg', 1, [2]],
          ['dimg', 2, [1]],
        ],
      ),
    ),
    {
      name: 'a HEIC whose picture is 30 pictures, one after the other',
      file: {
        name: 'pictures.heic',
        content: heifFile(
          'heic',
          [
            {
              kind: 'hvc1',
              data: Buffer.concat(Array(30).fill(Buffer.from('00000003260180', 'hex'))),
              properties: [1],
            },
          ],
          [ispe(64, 64)],
        ),
      },
      code: 'unsupported-picture',
    },
    {
      name: 'a HEIC of 100,000 boxes in each other',
      file: {
        name: 'boxes.heic',
        content: heifFile(
          'heic',
          [{ kind: 'hvc1', data: Buffer.alloc(1), properties: [2] }],
          [nested(100_000)],
        ),
      },
      code: 'truncated-picture',
    },
  ];
}

function nested(depth: number): Buffer {
  const bytes = Buffer.alloc(8 * depth, '\0\0\0\0ipco', 'latin1');
  for (let at = 0; at < bytes.length; at += 8) bytes.writeUInt32BE(bytes.length - at, at);
  return bytes;
}

/** A picture of which nothing is wrong but that it takes a decoder long: 63 scans of 108 megapixels, in 200 KB. */
export function tediousPicture(): FakeFile {
  const [width, height] = [12_000, 8990];
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  // Runs of 32,767 blocks without a coefficient.
  const runs = Math.ceil(blocks / 32_767);
  const bits = `0${'1'.repeat(14)}`.repeat(runs).padEnd(8 * Math.ceil((15 * runs) / 8), '1');
  const data = Buffer.from(
    (bits.match(/.{8}/g) ?? []).flatMap((bits) =>
      bits === '11111111' ? [255, 0] : [Number.parseInt(bits, 2)],
    ),
  );
  const scans = Array<Buffer>(62).fill(Buffer.concat([jpegScan(1, 63, 0), data]));
  const tables = [oneCode(0, 0), oneCode(0x10, 0xe0)];
  const quantisation = jpegSegment(0xdb, Buffer.concat([Buffer.of(0), Buffer.alloc(64, 1)]));
  const whole = [JPEG_START, quantisation, jpegFrame(0xc2, width, height), ...tables, jpegScan(0, 0, 0)];
  const content = Buffer.concat([...whole, Buffer.alloc(Math.ceil(blocks / 8)), ...scans, JPEG_END]);
  return { name: 'tedious.jpg', content };
}

function jpegs(): HostilePicture[] {
  const [tables, dc] = [[oneCode(0, 0), oneCode(0x10, 0xe0)], jpegScan(0, 0, 0)];
  // Two runs of 32,767 blocks without a coefficient.
  const scan = Buffer.concat([jpegScan(1, 63, 0), Buffer.from('7ffeff00ff00', 'hex')]);
  const whole = [jpegFrame(0xc0, 64, 64), ...tables, jpegScan(0, 63, 0), Buffer.alloc(99), JPEG_END];
  const progressive = [jpegFrame(0xc2, 2048, 2048), ...tables, dc, Buffer.alloc(2 ** 13)];
  const profile = jpegSegment(0xe2, latin1('ICC_PROFILE\0\x01\x01'));
  return [
    {
      name: 'a JPEG of 4000 scans',
      file: {
        name: 'scans.jpg',
        content: Buffer.concat([JPEG_START, ...progressive, ...Array<Buffer>(4000).fill(scan), JPEG_END]),
      },
      code: 'unsupported-picture',
    },
    {
      name: 'a JPEG whose profile has 100,000 parts',
      file: {
        name: 'profile.jpg',
        content: Buffer.concat([JPEG_START, Buffer.alloc(100_000 * profile.length, profile), ...whole]),
      },
      code: 'unsupported-picture',
    },
    {
      name: 'a JPEG of 65,500 × 65,500 pixels',
      file: {
        name: 'large.jpg',
        content: Buffer.concat([JPEG_START, jpegFrame(0xc0, 65_500, 65_500), ...whole.slice(1)]),
      },
      code: 'too-many-pixels',
    },
  ];
}

function pngs(): HostilePicture[] {
  const image = pngChunk('IDAT', deflateSync(Buffer.alloc(64 * 193)));
  const text = pngChunk('zTXt', Buffer.concat([latin1('a\0\0'), deflateSync(Buffer.alloc(3e7))]));
  const endless = Buffer.concat([uint32(2 ** 31 - 1), latin1('iTXt'), Buffer.alloc(99)]);
  const control = pngChunk('fcTL', Buffer.alloc(26));
  const animation = pngChunk('acTL', Buffer.concat([uint32(30_000), uint32(0)]));
  const of = (name: string, code: ErrorCode, content: Buffer): HostilePicture => ({
    name: `a PNG ${name}`,
    file: { name: `${code}.png`, content },
    code,
  });
  return [
    of('of 3,000,000 × 16 pixels', 'picture-too-long', pngClaiming(3_000_000, 16)),
    of(
      'of 160,000 chunks',
      'unsupported-picture',
      png([pngHeader(64, 64), Buffer.alloc(160_000 * 12, pngChunk('IDAT', Buffer.alloc(0))), image]),
    ),
    of(
      'with texts that swell to 1.5 GB, and one that claims 2 GB',
      'truncated-picture',
      png([pngHeader(64, 64), ...Array<Buffer>(50).fill(text), endless, image]),
    ),
    of(
      'of 30,000 frames',
      'too-many-frames',
      png([pngHeader(64, 64), animation, image, ...Array<Buffer>(30_000).fill(control)]),
    ),
    of(
      'of 9900 × 9900 pixels in seven passes',
      'decoding-too-large',
      png([pngHeader(9900, 9900, [16, 6, 1]), image]),
    ),
  ];
}

function gifOfFrames(count: number): Buffer {
  const frame = Buffer.from(',\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0', 'latin1');
  return Buffer.concat([
    latin1('GIF89a@\0@\0\x80\0\0\0\0\0\xff\xff\xff'),
    Buffer.alloc(count * frame.length, frame),
  ]);
}

/** Ten thousand directories of 4096 entries in 170 KB: each begins 12 bytes, an entry, after the one before it. */
function tiffOfDirectories(): Buffer {
  const [directories, entries] = [10_000, 4096];
  const first = tiffOf([]);
  const start = first.length;
  const slots = Buffer.alloc(12 * (directories + entries + 1));
  for (let at = 0; at < slots.length; at += 12) {
    slots.writeUInt16LE(entries, at);
    slots.writeUInt16LE(1, at + 4);
    slots.writeUInt32LE(32, at + 6);
  }
  for (let each = 0; each < directories; each++) {
    slots.writeUInt32LE(start + 12 * (each + 1), 12 * (each + entries) + 2);
  }
  const entriesOfFirst = first.readUInt16LE(8);
  first.writeUInt32LE(start, 10 + 12 * entriesOfFirst);
  return Buffer.concat([first, slots]);
}

/** A lossless picture of one pixel. */
function webpPixel(): Buffer {
  return riffChunk('VP8L', Buffer.from('2f0000000007103011', 'hex'));
}
