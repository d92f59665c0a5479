import type { Size } from './resize.ts';

/** What an uncompressed TIFF file holds. */
export interface TiffContents extends Size {
  /** RGB or RGBA. */
  readonly channels: 3 | 4;
  /** Whether opacity has been multiplied into the colours; libvips divides by it. */
  readonly premultiplied: boolean;
  readonly bytesPerSample: 1 | 2;
  readonly icc?: Uint8Array | undefined;
}

/** A field of a directory: its tag, the type of its values (3 is of 16 bits, 4 of 32, 7 of bytes), and these. */
type Field = readonly [tag: number, type: 3 | 4 | 7, values: ArrayLike<number>];

const BYTES = { 3: 2, 4: 4, 7: 1 } as const;
/** Decoders hold one strip at a time. */
const ROWS_PER_STRIP = 64;

/**
 * An uncompressed TIFF file (revision 6.0) whose pixels, interleaved and row by row, are still to be written: it is how
 * libvips is given samples together with a profile. Numbers are little-endian, as samples are in memory.
 */
export function tiffFile(contents: TiffContents): { readonly file: Buffer; readonly pixels: Uint8Array } {
  const { width, height, channels, premultiplied, bytesPerSample, icc } = contents;
  const rowBytes = width * channels * bytesPerSample;
  const strips = Math.ceil(height / ROWS_PER_STRIP);
  const fields = (pixelsAt: number): Field[] => [
    [256, 4, [width]],
    [257, 4, [height]],
    [258, 3, Array<number>(channels).fill(8 * bytesPerSample)],
    [259, 3, [1]],
    [262, 3, [2]],
    [273, 4, Array.from({ length: strips }, (_, strip) => pixelsAt + strip * ROWS_PER_STRIP * rowBytes)],
    [277, 3, [channels]],
    [278, 4, [ROWS_PER_STRIP]],
    [
      279,
      4,
      Array.from(
        { length: strips },
        (_, strip) => rowBytes * Math.min(ROWS_PER_STRIP, height - strip * ROWS_PER_STRIP),
      ),
    ],
    ...(channels === 4 ? [[338, 3, [premultiplied ? 1 : 2]] as const] : []),
    ...(icc ? [[34675, 7, icc] as const] : []),
  ];
  const head = directory(fields(directory(fields(0)).length));
  const file = Buffer.allocUnsafeSlow(head.length + height * rowBytes);
  file.set(head);
  return { file, pixels: file.subarray(head.length) };
}

/** The file's beginning: its header, its only directory and the values that do not fit into this. */
function directory(fields: readonly Field[]): Buffer {
  const start = 8 + 2 + 12 * fields.length + 4;
  const sizes = fields.map(([, type, values]) => values.length * BYTES[type]);
  const outside = sizes.map((size) => (size > 4 ? size + (size % 2) : 0));
  const head = Buffer.alloc(start + outside.reduce((sum, size) => sum + size, 0) + (start % 2));
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(fields.length, 8);
  let free = start;
  fields.forEach(([tag, type, values], index) => {
    const entry = 10 + 12 * index;
    const inside = outside[index] === 0;
    const at = inside ? entry + 8 : free;
    head.writeUInt16LE(tag, entry);
    head.writeUInt16LE(type, entry + 2);
    head.writeUInt32LE(values.length, entry + 4);
    if (!inside) head.writeUInt32LE(free, entry + 8);
    for (let value = 0; value < values.length; value++) {
      head.writeUIntLE(values[value], at + value * BYTES[type], BYTES[type]);
    }
    free += outside[index];
  });
  return head;
}
