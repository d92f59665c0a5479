import { viewOf } from './bytes.ts';

/** Where a part of an item's data lies (ISO/IEC 14496-12, 8.11.3). */
interface Extent {
  /** Whether in the box of item data (`idat`) instead of in the file. */
  readonly inIdat: boolean;
  readonly offset: number;
  /** In bytes; 0 for all that follow. */
  readonly length: number;
}

/** Of all items together; common encoders write one for an item. */
const MAX_EXTENTS = 100_000;

/**
 * Reads the box of items' places (`iloc`). They may overlap without end: together they may claim twice the file.
 *
 * @param fileBytes - size of the file.
 * @throws RangeError where it is cut off, has too many parts, or claims too much
 */
export function extentsOf(iloc: Uint8Array, fileBytes: number): ReadonlyMap<number, readonly Extent[]> {
  const view = viewOf(iloc);
  const version = view.getUint8(0);
  const sizes = view.getUint16(4);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15] as const;
  const indexSize = version > 0 ? sizes & 15 : 0;
  const wide = version === 2;
  let at = 6;
  const number = (bytes: number): number => {
    at += bytes;
    if (bytes === 8) return Number(view.getBigUint64(at - 8));
    if (bytes === 4) return view.getUint32(at - 4);
    return bytes === 2 ? view.getUint16(at - 2) : 0;
  };
  const found = new Map<number, Extent[]>();
  let [left, bytesLeft] = [MAX_EXTENTS, 2 * fileBytes];
  for (let items = number(wide ? 4 : 2); items > 0; items--) {
    const item = number(wide ? 4 : 2);
    const inIdat = version > 0 && (number(2) & 15) === 1;
    at += 2;
    const base = number(baseSize);
    const own = found.get(item) ?? [];
    found.set(item, own);
    for (let extents = number(2); extents > 0; extents--) {
      at += indexSize;
      const offset = base + number(offsetSize);
      const length = number(lengthSize);
      own.push({ inIdat, offset, length });
      left -= 1;
      bytesLeft -= length || fileBytes;
      if (left < 0 || bytesLeft < 0) throw new RangeError('items claim too much');
    }
  }
  return found;
}

/** The data that lie in an item's extents. */
export function dataIn(
  extents: readonly Extent[],
  file: Uint8Array,
  idat: Uint8Array = new Uint8Array(),
): Uint8Array {
  const parts = extents.map(({ inIdat, offset, length }) =>
    (inIdat ? idat : file).subarray(offset, length === 0 ? undefined : offset + length),
  );
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}
