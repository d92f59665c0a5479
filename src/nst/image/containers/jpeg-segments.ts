import { startsWith, viewOf } from './bytes.ts';
import { damaged, type Orientation, unsupported } from './header.ts';
import { exifAdobeRgb, exifOrientation } from './ifd.ts';

const MARKER = {
  dht: 0xc4,
  jpg: 0xc8,
  dac: 0xcc,
  eoi: 0xd9,
  sos: 0xda,
  dri: 0xdd,
  app1: 0xe1,
  app2: 0xe2,
} as const;
/** Each scan goes over the whole picture, however little it holds; common encoders make ten. */
const MAX_SCANS = 64;
/** Decoders keep what is in each; files of 50 MB have some hundred. */
const MAX_SEGMENTS = 5000;

/** A component as the frame describes it. */
export interface Component {
  readonly id: number;
  /** Blocks of 8 × 8 samples in a unit, across and down. */
  readonly h: number;
  readonly v: number;
}

/** A frame (SOF) of a JPEG that is decoded: baseline, extended or progressive, with Huffman codes. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  readonly components: readonly Component[];
}

/** A scan, and the tables in force when it begins. */
export interface Scan {
  /** Ids of its components, with the numbers of their DC and AC tables. */
  readonly components: readonly { readonly id: number; readonly dc: number; readonly ac: number }[];
  /** First coefficient of the spectral selection. */
  readonly from: number;
  /** Where its data begin and end. */
  readonly start: number;
  readonly end: number;
  /** Huffman tables by class (0 DC, 1 AC) × 16 + number: counts of 16 lengths, then symbols. */
  readonly tables: ReadonlyMap<number, Uint8Array>;
  /** Units between restart markers; 0 for none. */
  readonly restart: number;
}

/** A JPEG's structure. */
export interface Jpeg {
  readonly frame: Frame;
  readonly scans: readonly Scan[];
  /** Whether it has an end (EOI). */
  readonly ended: boolean;
  readonly orientation: Orientation;
  readonly icc: Uint8Array | undefined;
  /** Whether colours are Adobe RGB's by EXIF. */
  readonly adobeRgb: boolean;
}

/** @throws the refusal of a kind that is not decoded, or of a file that ends before its picture begins */
export function parseJpeg(bytes: Uint8Array): Jpeg {
  const view = viewOf(bytes);
  const tables = new Map<number, Uint8Array>();
  const profile: Uint8Array[] = [];
  const scans: Scan[] = [];
  let exif: Uint8Array | undefined;
  let [restart, segments] = [0, 0];
  let frame: Frame | undefined;
  let at = 2;
  let ended = false;
  while (scans.length <= MAX_SCANS) {
    // Some programs leave stray bytes between segments.
    at = bytes.indexOf(0xff, at);
    // A marker may be filled up with any number of these.
    while (at >= 0 && bytes[at + 1] === 0xff) at += 1;
    if (at < 0 || at + 1 >= bytes.length) break;
    const marker = bytes[at + 1];
    at += 2;
    if (marker === MARKER.eoi) {
      ended = true;
      break;
    }
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8)) continue;
    if (at + 2 > bytes.length) break;
    segments += 1;
    if (segments > MAX_SEGMENTS) throw unsupported(`a JPEG of more than ${MAX_SEGMENTS} segments`);
    const end = at + view.getUint16(at);
    const data = bytes.subarray(at + 2, end);
    if (end > bytes.length) break;
    if (marker === MARKER.dht) readTables(data, tables);
    else if (marker === MARKER.dri && data.length >= 2) restart = viewOf(data).getUint16(0);
    else if (marker === MARKER.app1 && startsWith(data, 'Exif\0')) exif ??= data;
    else if (marker === MARKER.app2 && startsWith(data, 'ICC_PROFILE\0')) profile.push(data.subarray(14));
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== MARKER.jpg && marker !== MARKER.dac)
      frame ??= frameOf(data, marker);
    at = end;
    if (marker === MARKER.sos) {
      if (!frame) throw damaged('JPEG');
      at = endOfData(bytes, end);
      scans.push({ ...scanOf(data), start: end, end: at, tables: new Map(tables), restart });
    }
  }
  if (!frame || scans.length === 0) throw damaged('JPEG');
  if (scans.length > MAX_SCANS) throw unsupported(`a JPEG of more than ${MAX_SCANS} scans`);
  return {
    frame,
    scans,
    ended,
    orientation: exif ? exifOrientation(exif) : 1,
    icc: profile.length > 0 ? Buffer.concat(profile) : undefined,
    adobeRgb: exif !== undefined && exifAdobeRgb(exif),
  };
}

function frameOf(data: Uint8Array, marker: number): Frame {
  const [precision, high, low, left, right, count] = data;
  if ([0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf].includes(marker))
    throw unsupported('a JPEG with arithmetic coding');
  if ([0xc3, 0xc7].includes(marker)) throw unsupported('a lossless JPEG');
  if (marker > 0xc2) throw unsupported('a hierarchical JPEG');
  if (data.length < 6 || data.length < 6 + 3 * count) throw damaged('JPEG');
  if (precision !== 8) throw unsupported(`a ${precision}-bit JPEG`);
  if (![1, 3, 4].includes(count)) throw unsupported(`a JPEG of ${count} components`);
  const components = Array.from({ length: count }, (_, index) => {
    const [id, sampling] = data.subarray(6 + 3 * index);
    return { id, h: sampling >> 4, v: sampling & 15 };
  });
  if (components.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4)) throw damaged('JPEG');
  return {
    width: (left << 8) | right,
    height: (high << 8) | low,
    progressive: marker === 0xc2,
    components,
  };
}

function scanOf(data: Uint8Array): Pick<Scan, 'components' | 'from'> {
  const count = data[0] ?? 0;
  if (count < 1 || count > 4 || data.length < 4 + 2 * count) throw damaged('JPEG');
  return {
    components: Array.from({ length: count }, (_, index) => {
      const [id, table] = data.subarray(1 + 2 * index);
      return { id, dc: table >> 4, ac: table & 15 };
    }),
    from: data[1 + 2 * count],
  };
}

function readTables(data: Uint8Array, tables: Map<number, Uint8Array>): void {
  for (let at = 0; at + 17 <= data.length; ) {
    const symbols = data.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0);
    tables.set(data[at], data.subarray(at + 1, at + 17 + symbols));
    at += 17 + symbols;
  }
}

/** Where a scan's data end: at a marker other than that of a restart, or with the file. */
function endOfData(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next !== undefined && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return bytes.length;
}
