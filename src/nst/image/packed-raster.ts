import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { ImpastoError } from '../errors.ts';
import type { Raster } from './raster.ts';

/**
 * The lossless form in which Impasto keeps a picture that it has decoded. No image library reads it: a file that
 * somebody else has put into a shared store is a wrong checksum here, not input for a decoder.
 *
 * Little-endian: 8 bytes of magic, the last of which is the version; width and height (4 bytes each); channels (4
 * bytes, 3 or 4); CRC-32 of the packed samples (4); CRC-32 of the 24 bytes before it (4). Then the samples as one raw
 * deflate stream (RFC 1951), each less the one about a row before it, modulo 256.
 */
const MAGIC = Buffer.from('IMPASTO\x01', 'latin1');
const HEADER_BYTES = 28;
/** Either side at most, in pixels. */
const MAX_SIDE = 16_384;

const deflate = promisify(zlib.deflateRaw);
const inflate = promisify(zlib.inflateRaw);

/** Whether bytes claim to be a packed raster. */
export function isPackedRaster(bytes: Uint8Array): boolean {
  return MAGIC.equals(bytes.subarray(0, MAGIC.length));
}

/** Packs a raster; its data is changed meanwhile and useless afterwards. */
export async function packRaster(raster: Raster): Promise<readonly Uint8Array[]> {
  const { width, height, channels } = raster;
  const padded = wholeWords(raster.data);
  subtractAbove(padded, distance(raster));
  // The fastest level: the rest of the gain costs many times its time.
  const packed = await deflate(padded.subarray(0, raster.data.length), { level: 1 });
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(width, 8);
  header.writeUInt32LE(height, 12);
  header.writeUInt32LE(channels, 16);
  header.writeUInt32LE(zlib.crc32(packed), 20);
  header.writeUInt32LE(zlib.crc32(header.subarray(0, 24)), 24);
  return [header, packed];
}

/**
 * The size of a packed raster, from its header.
 *
 * @throws ImpastoError `picture-damaged`
 */
export function packedSize(bytes: Uint8Array): Omit<Raster, 'data'> {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEADER_BYTES));
  if (header.length < HEADER_BYTES || !isPackedRaster(header)) throw pictureDamaged();
  if (header.readUInt32LE(24) !== zlib.crc32(header.subarray(0, 24))) throw pictureDamaged();
  const [width, height, channels] = [8, 12, 16].map((at) => header.readUInt32LE(at)) as [
    number,
    number,
    number,
  ];
  const isSide = (side: number) => side >= 1 && side <= MAX_SIDE;
  if (!isSide(width) || !isSide(height) || (channels !== 3 && channels !== 4)) throw pictureDamaged();
  return { width, height, channels };
}

/** @throws ImpastoError `picture-damaged` for anything but what {@link packRaster} has made, whole. */
export async function unpackRaster(bytes: Uint8Array): Promise<Raster> {
  const size = packedSize(bytes);
  const packed = bytes.subarray(HEADER_BYTES);
  const checksum = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER_BYTES).readUInt32LE(20);
  if (zlib.crc32(packed) !== checksum) throw pictureDamaged();
  const length = size.width * size.height * size.channels;
  const data = await inflate(packed, { maxOutputLength: length }).catch((cause) => {
    throw pictureDamaged(cause);
  });
  if (data.length !== length) throw pictureDamaged();
  const padded = wholeWords(data);
  addAbove(padded, distance(size));
  return { ...size, data: padded.subarray(0, length) };
}

/** How far back lies what is subtracted, in bytes: a row, or a few pixels more so that whole words and pixels meet. */
function distance({ width, channels }: Omit<Raster, 'data'>): number {
  return Math.ceil((width * channels) / 12) * 12;
}

/** The same bytes, with zeros up to a whole number of 32-bit words; copied only where they do not begin at one. */
function wholeWords(data: Uint8Array): Uint8Array {
  const length = Math.ceil(data.length / 4) * 4;
  if (length === data.length && data.byteOffset % 4 === 0) return data;
  const padded = new Uint8Array(length);
  padded.set(data);
  return padded;
}

// Four bytes at a time, modulo 256 each: their top bits are kept from carrying into the next byte.
const TOP = 0x80808080 | 0;
const REST = 0x7f7f7f7f;

function subtractAbove(bytes: Uint8Array, back: number): void {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const step = back / 4;
  for (let at = words.length - 1; at >= step; at--) {
    const [value, above] = [words[at] as number, words[at - step] as number];
    words[at] = ((value | TOP) - (above & REST)) ^ ((value ^ ~above) & TOP);
  }
}

function addAbove(bytes: Uint8Array, back: number): void {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const step = back / 4;
  for (let at = step; at < words.length; at++) {
    const [value, above] = [words[at] as number, words[at - step] as number];
    words[at] = ((value & REST) + (above & REST)) ^ ((value ^ above) & TOP);
  }
}

/** The error for what was kept and is not what it was. */
export function pictureDamaged(cause?: unknown): ImpastoError {
  return new ImpastoError('picture-damaged', 'The picture was damaged while it was kept.', {
    advice: 'Send it again; whoever runs this bot should look after the place where pictures are.',
    cause,
  });
}
