/** A tag: its number, its type (1 bytes, 3 short, 4 long) and its values, four bytes of them at most. */
export type TiffTag = readonly [tag: number, type: 1 | 3 | 4, values: readonly number[]];

const BYTES = { 1: 1, 3: 2, 4: 4 } as const;
const WIDTH = 32;
const HEIGHT = 32;

/**
 * A little-endian TIFF of 32 × 32 pixels in one strip, of one white 8-bit sample each unless its tags say otherwise.
 *
 * @param tags - in place of, or beside, those of such a picture.
 * @param pixel - the samples of every pixel in place of white.
 */
export function tiffOf(tags: readonly TiffTag[], pixel?: readonly number[]): Buffer {
  const one = (tag: number, absent: number) => tags.find(([each]) => each === tag)?.[2][0] ?? absent;
  const bytes = Math.ceil((WIDTH * one(0x102, 8) * one(0x115, 1)) / 8) * HEIGHT;
  const all = new Map<number, TiffTag>(
    [
      [0x100, 3, [WIDTH]],
      [0x101, 3, [HEIGHT]],
      [0x102, 3, [8]],
      [0x103, 3, [1]],
      [0x106, 3, [1]],
      [0x115, 3, [1]],
      [0x116, 3, [HEIGHT]],
      [0x117, 4, [bytes]],
      ...tags,
    ].map((tag) => [tag[0], tag] as [number, TiffTag]),
  );
  const directory = 8 + 2 + 12 * (all.size + 1) + 4;
  // Depths of several samples do not fit into an entry.
  const depths = Array.from({ length: one(0x115, 1) }, () => one(0x102, 8));
  all.set(0x111, [0x111, 4, [directory + 2 * depths.length]]);
  const file = Buffer.alloc(directory + 2 * depths.length + bytes, 255);
  file.write('II*\0\x08\0\0\0', 'latin1');
  file.writeUInt16LE(all.size, 8);
  file.fill(0, 10, directory);
  [...all.values()]
    .sort(([a], [b]) => a - b)
    .forEach(([tag, type, values], index) => {
      const at = 10 + 12 * index;
      const several = tag === 0x102 && depths.length > 2;
      file.writeUInt16LE(tag, at);
      file.writeUInt16LE(type, at + 2);
      file.writeUInt32LE(tag === 0x102 ? depths.length : values.length, at + 4);
      if (several) file.writeUInt32LE(directory, at + 8);
      else
        (tag === 0x102 ? depths : values).forEach((value, i) => {
          file.writeUIntLE(value, at + 8 + i * BYTES[type], BYTES[type]);
        });
    });
  depths.forEach((depth, index) => {
    file.writeUInt16LE(depth, directory + 2 * index);
  });
  if (pixel)
    for (let at = 0; at < bytes; at++)
      file[directory + 2 * depths.length + at] = pixel[at % pixel.length] as number;
  return file;
}
