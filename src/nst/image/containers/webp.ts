import { latin1, startsWith, viewOf } from './bytes.ts';
import { damaged, type Header, type Place } from './header.ts';
import { exifOrientation } from './ifd.ts';

const HAS_ALPHA = 0x10;
const HAS_PROFILE = 0x20;
/** Frames are counted no further. */
const CHUNKS_READ = 20_000;

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** Reads a WebP (RFC 9649). The decoder is given the picture alone, or the first frame of an animation. */
export function readWebp(bytes: Uint8Array): Header | undefined {
  if (!startsWith(bytes, 'RIFF????WEBP')) return undefined;
  try {
    return read(bytes);
  } catch (cause) {
    throw cause instanceof RangeError ? damaged('WebP', cause) : cause;
  }
}

function read(bytes: Uint8Array): Header {
  const chunks = chunksOf(bytes.subarray(12));
  const find = (name: string) => chunks.find(({ type }) => type === name)?.data;
  const extended = find('VP8X');
  const frames = chunks.filter(({ type }) => type === 'ANMF');
  const exif = find('EXIF');
  const icc = find('ICCP');
  const [first] = frames;
  const frame = first && frameOf(first.data);
  const picture = frame?.chunks ?? chunks;
  const own = sizeOf(picture);
  const canvas = extended && {
    width: 1 + uint24(viewOf(extended), 4),
    height: 1 + uint24(viewOf(extended), 7),
  };
  const { width, height } = (frame && canvas) || own;
  const covers = !frame || (frame.place.width === width && frame.place.height === height);
  const hasAlpha = own.hasAlpha || !covers || picture.some(({ type }) => type === 'ALPH');
  return {
    format: 'webp',
    width,
    height,
    orientation: exif ? exifOrientation(exif) : 1,
    hasAlpha,
    bitsPerSample: 8,
    pictures: Math.max(1, frames.length),
    colour: icc ? { icc } : {},
    ...(frame && !covers && { place: frame.place }),
    decodable: still(picture, own, icc),
    heldPerPixel: hasAlpha ? 10 : 9,
  };
}

/** @throws the refusal of a file that is cut off */
function chunksOf(bytes: Uint8Array): Chunk[] {
  const view = viewOf(bytes);
  const chunks: Chunk[] = [];
  for (let at = 0; at + 8 <= bytes.length && chunks.length < CHUNKS_READ; ) {
    const length = view.getUint32(at + 4, true);
    const start = at + 8;
    if (start + length > bytes.length) throw damaged('WebP');
    chunks.push({ type: latin1(bytes, at, at + 4), data: bytes.subarray(start, start + length) });
    at = start + length + (length % 2);
  }
  return chunks;
}

function frameOf(data: Uint8Array): { place: Place; chunks: Chunk[] } {
  const view = viewOf(data);
  const place = {
    left: 2 * uint24(view, 0),
    top: 2 * uint24(view, 3),
    width: 1 + uint24(view, 6),
    height: 1 + uint24(view, 9),
  };
  return { place, chunks: chunksOf(data.subarray(16)) };
}

function sizeOf(chunks: readonly Chunk[]) {
  const lossy = chunks.find(({ type }) => type === 'VP8 ')?.data;
  if (lossy) {
    const view = viewOf(lossy);
    return {
      width: view.getUint16(6, true) & 0x3fff,
      height: view.getUint16(8, true) & 0x3fff,
      hasAlpha: false,
    };
  }
  const lossless = chunks.find(({ type }) => type === 'VP8L')?.data;
  if (!lossless) throw damaged('WebP');
  const bits = viewOf(lossless).getUint32(1, true);
  return {
    width: 1 + (bits & 0x3fff),
    height: 1 + ((bits >>> 14) & 0x3fff),
    hasAlpha: ((bits >>> 28) & 1) === 1,
  };
}

/** A WebP file of one picture. */
function still(
  picture: readonly Chunk[],
  { width, height, hasAlpha }: ReturnType<typeof sizeOf>,
  icc: Uint8Array | undefined,
): Uint8Array {
  const alpha = hasAlpha || picture.some(({ type }) => type === 'ALPH');
  const extended = Buffer.alloc(10);
  extended[0] = (alpha ? HAS_ALPHA : 0) | (icc ? HAS_PROFILE : 0);
  extended.writeUIntLE(width - 1, 4, 3);
  extended.writeUIntLE(height - 1, 7, 3);
  const body = Buffer.concat(
    [
      { type: 'VP8X', data: extended },
      ...(icc ? [{ type: 'ICCP', data: icc }] : []),
      ...picture.filter(({ type }) => ['ALPH', 'VP8 ', 'VP8L'].includes(type)),
    ].map(written),
  );
  const riff = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
  riff.writeUInt32LE(4 + body.length, 4);
  return Buffer.concat([riff, body]);
}

function written({ type, data }: Chunk): Uint8Array {
  const whole = Buffer.alloc(8 + data.length + (data.length % 2));
  whole.write(type, 'latin1');
  whole.writeUInt32LE(data.length, 4);
  whole.set(data, 8);
  return whole;
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}
