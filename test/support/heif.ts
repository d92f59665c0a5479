import sharp from 'sharp';
import { boxes } from '../../src/nst/image/containers/boxes.ts';
import { uint16, uint32 } from './picture-files.ts';

/** A box of ISO/IEC 14496-12. */
export function box(type: string, ...contents: readonly (Uint8Array | string)[]): Buffer {
  const data = Buffer.concat(
    contents.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  );
  const header = Buffer.from(`\0\0\0\0${type}`, 'latin1');
  header.writeUInt32BE(8 + data.length);
  return Buffer.concat([header, data]);
}

/** A HEIF file of one item that is all header: its coding, size and brands are right, and it has no data. */
export function heifClaiming(
  coding: string,
  width: number,
  height: number,
  brands = 'heic\0\0\0\0mif1heic',
): Buffer {
  const size = Buffer.alloc(12);
  size.writeUInt32BE(width, 4);
  size.writeUInt32BE(height, 8);
  const properties = box(
    'iprp',
    box('ipco', box('ispe', size)),
    box('ipma', '\0\0\0\0\0\0\0\x01\0\x01\x01\x81'),
  );
  const items = box('iinf', '\0\0\0\0\0\x01', box('infe', `\x02\0\0\0\0\x01\0\0${coding}\0`));
  const places = box('iloc', '\0\0\0\0\x44\0\0\x01\0\x01\0\0\0\x01\0\0\0\x10\0\0\0\x04');
  return Buffer.concat([
    box('ftyp', brands),
    box('meta', '\0\0\0\0', box('pitm', '\0\0\0\0\0\x01'), items, properties, places),
    box('mdat', '\0\0\0\0'),
  ]);
}

/** An item of a HEIF file. */
export interface HeifItem {
  /** `av01`, `hvc1`, `grid`, `iovl`, `iden` … */
  readonly kind: string;
  readonly data: Uint8Array;
  /** Numbers of its properties, from 1. */
  readonly properties: readonly number[];
}

/** A reference of a HEIF file: what for, from an item to others (numbers of items, from 1). */
export type HeifReference = readonly [type: string, from: number, to: readonly number[]];

/** A HEIF file whose first item is the primary one. Items with the same data share them. */
export function heifFile(
  brand: 'avif' | 'heic',
  items: readonly HeifItem[],
  properties: readonly Uint8Array[],
  references: readonly HeifReference[] = [],
): Buffer {
  const ftyp = box('ftyp', `${brand}\0\0\0\0mif1${brand}`);
  const data = [...new Set(items.map((item) => item.data))];
  const meta = (dataAt: number) => {
    const placeOf = (item: HeifItem) =>
      dataAt + data.slice(0, data.indexOf(item.data)).reduce((sum, { length }) => sum + length, 0);
    const infos = items.map(({ kind }, index) =>
      box('infe', '\x02\0\0\0', uint16(index + 1), '\0\0', kind, '\0'),
    );
    const places = items.map((item, index) =>
      Buffer.concat([
        uint16(index + 1),
        uint16(0),
        uint16(1),
        uint32(placeOf(item)),
        uint32(item.data.length),
      ]),
    );
    const owned = items.map((item, index) =>
      Buffer.concat([
        uint16(index + 1),
        Buffer.from([item.properties.length]),
        ...item.properties.map((property) => uint16(0x8000 | property)),
      ]),
    );
    const told = references.map(([type, from, to]) =>
      box(type, uint16(from), uint16(to.length), ...to.map(uint16)),
    );
    return box(
      'meta',
      '\0\0\0\0',
      box('hdlr', '\0\0\0\0\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0'),
      box('pitm', '\0\0\0\0', uint16(1)),
      box('iinf', '\0\0\0\0', uint16(items.length), ...infos),
      box('iloc', '\0\0\0\0\x44\0', uint16(items.length), ...places),
      box('iprp', box('ipco', ...properties), box('ipma', '\0\0\0\x01', uint32(items.length), ...owned)),
      ...(told.length > 0 ? [box('iref', '\0\0\0\0', ...told)] : []),
    );
  };
  const dataAt = ftyp.length + meta(0).length + 8;
  return Buffer.concat([ftyp, meta(dataAt), box('mdat', ...data)]);
}

/** The size of an item. */
export function ispe(width: number, height: number): Buffer {
  return box('ispe', '\0\0\0\0', uint32(width), uint32(height));
}

/** The data of an item that is put together from others, of the same size, row by row. */
export function gridOf(rows: number, columns: number, width: number, height: number): Buffer {
  return Buffer.concat([Buffer.from([0, 1, rows - 1, columns - 1]), uint32(width), uint32(height)]);
}

/** An AVIF of one colour, and what it is made of: its item's data and the box that configures the decoder. */
export async function avifParts(side: number) {
  const create = { width: side, height: side, channels: 3, background: '#123' } as const;
  const file = await sharp({ create }).avif({ effort: 0 }).toBuffer();
  const find = (data: Uint8Array, type: string) => {
    const found = boxes(data, 0).find((each) => each.type === type);
    if (!found) throw new Error(`There is no box ${type}`);
    return found.data;
  };
  const properties = find(find(find(file, 'meta').subarray(4), 'iprp'), 'ipco');
  return { file, data: find(file, 'mdat'), config: box('av1C', find(properties, 'av1C')) };
}
