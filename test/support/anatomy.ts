import { crc32 } from 'node:zlib';
import { boxes } from '../../src/nst/image/containers/boxes.ts';

/** Where numbers lie in a file that programs rely on. */
export interface Field {
  readonly at: number;
  readonly bytes: 1 | 2 | 4;
}

/** What a sound file is made of. */
export interface Anatomy {
  /** Lengths, offsets, counts, sizes and kinds. */
  readonly fields: readonly Field[];
  /** Parts that may be left out, come twice, or change places; starts and ends. */
  readonly pieces: readonly (readonly [number, number])[];
  /** Puts right what follows from the rest, in place: lengths of the whole, checksums. */
  readonly mend?: (bytes: Buffer) => void;
}

/** How to take a format's files apart. */
export const ANATOMIES: Readonly<
  Record<'jpeg' | 'png' | 'webp' | 'gif' | 'heif' | 'tiff', (bytes: Buffer) => Anatomy>
> = { jpeg, png, webp, gif, heif, tiff };

/** Every byte of a region, as the beginning of a number. */
function everywhere(start: number, end: number): Field[] {
  const sizes = [1, 2, 4] as const;
  return Array.from({ length: Math.max(0, end - start - 4) }, (_, index) => ({
    at: start + index,
    bytes: sizes[index % 3] as 1 | 2 | 4,
  }));
}

function jpeg(bytes: Buffer): Anatomy {
  const pieces: [number, number][] = [];
  const fields: Field[] = [];
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    let end = at + 2 + bytes.readUInt16BE(at + 2);
    fields.push(
      { at: at + 1, bytes: 1 },
      { at: at + 2, bytes: 2 },
      ...everywhere(at + 4, Math.min(end, at + 24)),
    );
    if (bytes[at + 1] === 0xda) {
      while (
        end + 1 < bytes.length &&
        (bytes[end] !== 0xff || [0, ...RESTARTS].includes(bytes[end + 1] as number))
      )
        end += 1;
    }
    pieces.push([at, end]);
    at = end;
  }
  return { fields, pieces };
}
const RESTARTS = [0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7];

function png(bytes: Buffer): Anatomy {
  const pieces = chunks(bytes, 8, (at) => 12 + bytes.readUInt32BE(at));
  return {
    pieces,
    fields: pieces.flatMap(([start, end]) => everywhere(start, Math.min(end, start + 34))),
    mend(damaged) {
      for (let at = 8; at + 12 <= damaged.length; ) {
        const end = at + 8 + damaged.readUInt32BE(at);
        if (end + 4 > damaged.length) break;
        damaged.writeUInt32BE(crc32(damaged.subarray(at + 4, end)), end);
        at = end + 4;
      }
    },
  };
}

function webp(bytes: Buffer): Anatomy {
  const padded = (at: number) => {
    const length = bytes.readUInt32LE(at + 4);
    return 8 + length + (length % 2);
  };
  const outer = chunks(bytes, 12, padded);
  const inner = outer
    .filter(([start]) => bytes.toString('latin1', start, start + 4) === 'ANMF')
    .flatMap(([start]) => chunks(bytes, start + 24, padded).slice(0, 2));
  const pieces = [...outer, ...inner];
  return {
    pieces,
    fields: pieces.flatMap(([start, end]) => everywhere(start, Math.min(end, start + 30))),
    mend: (damaged) => void (damaged.length >= 12 && damaged.writeUInt32LE(damaged.length - 8, 4)),
  };
}

function chunks(bytes: Buffer, first: number, lengthAt: (at: number) => number): [number, number][] {
  const found: [number, number][] = [];
  for (let at = first; at + 8 <= bytes.length; ) {
    const end = at + lengthAt(at);
    if (end > bytes.length) break;
    found.push([at, end]);
    at = end;
  }
  return found;
}

function gif(bytes: Buffer): Anatomy {
  const table = (packed: number) => (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0);
  const pieces: [number, number][] = [];
  for (let at = 13 + table(bytes[10] as number); at < bytes.length && bytes[at] !== 0x3b; ) {
    const start = at;
    at += bytes[at] === 0x2c ? 11 + table(bytes[at + 9] as number) : 2;
    while (bytes[at]) at += 1 + (bytes[at] as number);
    at += 1;
    pieces.push([start, at]);
  }
  return {
    pieces,
    fields: [
      ...everywhere(6, 17),
      ...pieces.flatMap(([start, end]) => everywhere(start, Math.min(end, start + 18))),
    ],
  };
}

/** Boxes that hold boxes, and how many bytes of their own these have before them. */
const HOLDING: Readonly<Record<string, number>> = {
  meta: 4,
  iprp: 0,
  ipco: 0,
  iinf: 6,
  iref: 4,
  moov: 0,
  trak: 0,
  mdia: 0,
  minf: 0,
  stbl: 0,
};

function heif(bytes: Buffer): Anatomy {
  const pieces: [number, number][] = [];
  const fields: Field[] = [];
  const visit = (data: Uint8Array, offset: number) => {
    for (const box of boxes(data, offset)) {
      const start = box.at;
      const end = box.data.byteOffset - bytes.byteOffset + box.data.length;
      pieces.push([start, end]);
      fields.push(...everywhere(start, Math.min(end, start + (box.type === 'mdat' ? 8 : 400))));
      const own = HOLDING[box.type];
      if (own !== undefined) visit(box.data.subarray(own), end - box.data.length + own);
    }
  };
  visit(bytes, 0);
  return { fields, pieces };
}

/** Classic and big, of little-endian numbers. */
function tiff(bytes: Buffer): Anatomy {
  const big = bytes.readUInt16LE(2) === 43;
  const wide = (at: number) => (big ? Number(bytes.readBigUInt64LE(at)) : bytes.readUInt32LE(at));
  const pieces: [number, number][] = [];
  const fields: Field[] = everywhere(0, 20);
  for (let at = wide(big ? 8 : 4); at !== 0; ) {
    const [count, head, entry] = big ? [wide(at), 8, 20] : [bytes.readUInt16LE(at), 2, 12];
    const end = at + head + count * entry;
    for (let start = at + head; start < end; start += entry) pieces.push([start, start + entry]);
    fields.push(...everywhere(at, end + 8));
    at = wide(end);
  }
  return { fields, pieces };
}
