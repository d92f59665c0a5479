import { startsWith, viewOf } from './bytes.ts';
import type { Orientation } from './header.ts';

/** A directory of a TIFF structure: in a TIFF file, or in the EXIF data of any other. */
export interface Ifd {
  readonly entries: ReadonlyMap<number, Entry>;
  /** Where the next directory lies, 0 after the last; and where this is written. */
  readonly next: number;
  readonly nextAt: number;
  /** Bytes of all values together, as the directory claims them. */
  readonly valueBytes: number;
}

/** An entry of a directory. */
export interface Entry {
  readonly count: number;
  /** Where the values lie. */
  readonly at: number;
  /** The first of them (32 at most), none where they lie outside; text as codes of characters. Read when asked for. */
  readonly values: readonly number[];
}

/** A TIFF structure and how its numbers are written. */
export interface Tiff {
  readonly view: DataView;
  readonly little: boolean;
  /** Whether it is BigTIFF, with offsets of 64 bits. */
  readonly big: boolean;
  /** Where the first directory lies. */
  readonly first: number;
}

export const ORIENTATION = 0x0112;
const [EXIF_IFD, INTEROPERABILITY_IFD, INTEROPERABILITY_INDEX] = [0x8769, 0xa005, 0x0001];
const [COLOUR_SPACE, UNCALIBRATED] = [0xa001, 0xffff];

/** Bytes of a value by its type (TIFF 6.0, section 2; BigTIFF adds 13, 16, 17 and 18). */
const SIZES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};
const VALUES_READ = 32;
/** More than any camera writes. */
const ENTRIES_READ = 4096;

/** The beginning of a TIFF structure, or undefined where it is none. */
export function openTiff(bytes: Uint8Array): Tiff | undefined {
  const little = startsWith(bytes, 'II');
  if (!little && !startsWith(bytes, 'MM')) return undefined;
  const view = viewOf(bytes);
  if (bytes.length < 8) return undefined;
  const magic = view.getUint16(2, little);
  if (magic === 42) return { view, little, big: false, first: view.getUint32(4, little) };
  if (magic !== 43 || bytes.length < 16) return undefined;
  return { view, little, big: true, first: Number(view.getBigUint64(8, little)) };
}

/**
 * Reads a directory. Entries of unknown types are left out; values that lie outside are none.
 * @throws RangeError where the directory itself lies outside
 */
export function readIfd(tiff: Tiff, offset: number): Ifd {
  const { view, little, big } = tiff;
  const { start, count, next, nextAt } = linkOf(tiff, offset);
  const [length, inline] = big ? [20, 8] : [12, 4];
  const entries = new Map<number, Entry>();
  let valueBytes = 0;
  for (let at = start; at < start + Math.min(count, ENTRIES_READ) * length; at += length) {
    const type = view.getUint16(at + 2, little);
    const values = wide(tiff, at + 4);
    const size = SIZES[type];
    if (size === undefined) continue;
    valueBytes += size * values;
    const valueAt = at + (big ? 12 : 8);
    const from = size * values <= inline ? valueAt : wide(tiff, valueAt);
    entries.set(view.getUint16(at, little), {
      count: values,
      at: from,
      get values() {
        const inside = from + size * values <= view.byteLength;
        return Array.from({ length: inside ? Math.min(values, VALUES_READ) : 0 }, (_, index) =>
          number(view, type, from + index * size, little),
        );
      },
    });
  }
  return { entries, next, nextAt, valueBytes };
}

/**
 * How many entries a directory has and where, and where the next one is written to lie; nothing of the entries is read.
 * @throws RangeError where it lies outside
 */
export function linkOf(tiff: Tiff, offset: number) {
  const { view, little, big } = tiff;
  const count = big ? Number(view.getBigUint64(offset, little)) : view.getUint16(offset, little);
  const start = offset + (big ? 8 : 2);
  const nextAt = start + count * (big ? 20 : 12);
  return { start, count, next: wide(tiff, nextAt), nextAt };
}

/** An offset, or a number of values. */
function wide({ view, little, big }: Tiff, at: number): number {
  return big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
}

function number(view: DataView, type: number, at: number, little: boolean): number {
  switch (type) {
    case 3:
    case 8:
      return view.getUint16(at, little);
    case 4:
    case 9:
    case 13:
      return view.getUint32(at, little);
    case 5:
    case 10:
      return view.getUint32(at, little) / view.getUint32(at + 4, little);
    case 11:
      return view.getFloat32(at, little);
    case 12:
      return view.getFloat64(at, little);
    case 16:
    case 17:
    case 18:
      return Number(view.getBigUint64(at, little));
    default:
      return view.getUint8(at);
  }
}

/** The orientation that EXIF data (a TIFF structure, perhaps behind "Exif\0\0") gives; 1 where it gives none. */
export function exifOrientation(exif: Uint8Array): Orientation {
  return reading(exif, (tiff) => orientationIn(readIfd(tiff, tiff.first))) ?? 1;
}

/**
 * Whether EXIF data say that colours are Adobe RGB's: not sRGB, and by the rule of interoperability R03 (DCF 2.0).
 * Cameras that are set to it add no profile.
 */
export function exifAdobeRgb(exif: Uint8Array): boolean {
  const found = reading(exif, (tiff) => {
    const child = (of: Ifd, tag: number) =>
      readIfd(tiff, of.entries.get(tag)?.values[0] ?? Number.POSITIVE_INFINITY);
    const details = child(readIfd(tiff, tiff.first), EXIF_IFD);
    if (details.entries.get(COLOUR_SPACE)?.values[0] !== UNCALIBRATED) return false;
    const rule = child(details, INTEROPERABILITY_IFD).entries.get(INTEROPERABILITY_INDEX)?.values ?? [];
    return String.fromCharCode(...rule.slice(0, 3)) === 'R03';
  });
  return found ?? false;
}

/** Undefined where there are no EXIF data, or broken ones. */
function reading<T>(exif: Uint8Array, read: (tiff: Tiff) => T): T | undefined {
  try {
    const tiff = openTiff(startsWith(exif, 'Exif\0\0') ? exif.subarray(6) : exif);
    return tiff && read(tiff);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

export function orientationIn({ entries }: Ifd): Orientation {
  const value = entries.get(ORIENTATION)?.values[0] ?? 1;
  return value >= 1 && value <= 8 ? (value as Orientation) : 1;
}
