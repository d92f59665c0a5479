// Parts that files of pictures are put together from, byte by byte, as no encoder would.

/** Bytes of a text of Latin-1 characters. */
export const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** A number of 2 bytes, the most significant first. */
export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** A number of 4 bytes, the most significant first. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The start of a JPEG (SOI). */
export const JPEG_START = Buffer.from('ffd8', 'hex');
/** The end of a JPEG (EOI). */
export const JPEG_END = Buffer.from('ffd9', 'hex');

/** A segment of a JPEG: marker, length and data. */
export function jpegSegment(marker: number, ...data: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(data);
  return Buffer.concat([Buffer.from([0xff, marker]), uint16(2 + body.length), body]);
}

/** The frame of a grey JPEG of 8 bits. @param marker - SOF0 to SOF15. */
export function jpegFrame(marker: number, width: number, height: number): Buffer {
  return jpegSegment(marker, Buffer.of(8), uint16(height), uint16(width), Buffer.of(1, 1, 0x11, 0));
}

/** A table of Huffman codes with one code, which is a zero. @param table - class (0 DC, 1 AC) × 16 + number. */
export function oneCode(table: number, symbol: number): Buffer {
  return jpegSegment(0xc4, Buffer.of(table, 1), Buffer.alloc(15), Buffer.of(symbol));
}

/** The beginning of a scan of a grey JPEG. @param selection - first and last coefficient, and their bits. */
export function jpegScan(...selection: readonly [number, number, number]): Buffer {
  return jpegSegment(0xda, Buffer.of(1, 1, 0, ...selection));
}

/** A chunk of a WebP, padded to whole words. */
export function riffChunk(type: string, ...data: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(data);
  const head = Buffer.alloc(8, type, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

/** A WebP of chunks. */
export function webpFile(...chunks: readonly Uint8Array[]): Buffer {
  return riffChunk('RIFF', latin1('WEBP'), ...chunks);
}

/** What describes a WebP's canvas. @param flags - 2 for an animation, 16 for opacity. */
export function webpCanvas(width: number, height: number, flags: number): Buffer {
  const data = Buffer.alloc(10);
  data[0] = flags;
  data.writeUIntLE(width - 1, 4, 3);
  data.writeUIntLE(height - 1, 7, 3);
  return riffChunk('VP8X', data);
}
