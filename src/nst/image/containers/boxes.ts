import { latin1, viewOf } from './bytes.ts';

/** A box of ISO/IEC 14496-12. */
export interface Box {
  readonly type: string;
  /** Where it begins, header included, in the file. */
  readonly at: number;
  /** Its contents. */
  readonly data: Uint8Array;
}

const MAX_BOXES = 10_000;

/** @throws RangeError where a box does not lie within the data */
export function boxes(data: Uint8Array, offset: number): Box[] {
  const view = viewOf(data);
  const found: Box[] = [];
  for (let at = 0; at + 8 <= data.length && found.length < MAX_BOXES; ) {
    const short = view.getUint32(at);
    const size = short === 1 ? Number(view.getBigUint64(at + 8)) : short || data.length - at;
    const header = short === 1 ? 16 : 8;
    if (size < header || at + size > data.length) throw new RangeError('a box is cut off');
    found.push({
      type: latin1(data, at + 4, at + 8),
      at: offset + at,
      data: data.subarray(at + header, at + size),
    });
    at += size;
  }
  return found;
}
