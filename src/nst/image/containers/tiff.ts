import { startsWith } from './bytes.ts';
import { damaged, type Header, unsupported } from './header.ts';
import { type Ifd, linkOf, openTiff, orientationIn, readIfd, type Tiff } from './ifd.ts';

const TAG = {
  subfile: 0x00fe,
  width: 0x0100,
  height: 0x0101,
  bits: 0x0102,
  compression: 0x0103,
  photometric: 0x0106,
  samples: 0x0115,
  planar: 0x011c,
  tileWidth: 0x0142,
  tileHeight: 0x0143,
  subIfds: 0x014a,
  inkSet: 0x014c,
  sampleFormat: 0x0153,
  profile: 0x8773,
  dngVersion: 0xc612,
} as const;

/** Colours by their photometric interpretation: samples without opacity, and bits of a sample that are read right. */
const COLOURS: Readonly<Record<number, { readonly samples: number; readonly bits: readonly number[] }>> = {
  0: { samples: 1, bits: [1, 2, 4, 8, 16] },
  1: { samples: 1, bits: [1, 2, 4, 8, 16] },
  2: { samples: 3, bits: [8, 16] },
  3: { samples: 1, bits: [1, 2, 4, 8] },
  5: { samples: 4, bits: [8, 16] },
  6: { samples: 3, bits: [8] },
};
const [PALETTE, CMYK, YCBCR, CFA, CIELAB, ICCLAB, ITULAB, LINEAR_RAW] = [3, 5, 6, 32803, 8, 9, 10, 34892];
/** None, CCITT, LZW, JPEG, deflate and PackBits. */
const COMPRESSIONS = [1, 2, 3, 4, 5, 7, 8, 32773, 32946];
const JPEG = 7;
const UNSIGNED = 1;
/** Directories are followed no further; so many sub-directories are looked at. */
const PAGES_COUNTED = 10_000;
const SUB_IFDS = 8;
/** A tile is decoded whole; its pixels at most. */
const TILE_PIXELS = 16_777_216;

const RAW_ADVICE = 'Export it as JPEG from your raw converter or camera, and send that.';
const TIFF_ADVICE = 'Save it as PNG, or as TIFF with 8 or 16 bits per channel in RGB, and send that.';

/** Headers of camera raw files that resemble a TIFF's. */
const RAW_SIGNATURES = ['II*\0????CR', 'IIRO', 'IIRS', 'MMOR', 'IIU\0', 'IIII????', 'MMMM????'];

/** The refusal of a camera's raw file. */
export function cameraRaw() {
  return unsupported('a camera’s raw file', RAW_ADVICE);
}

/** Reads a TIFF (6.0) or BigTIFF, whose first page is used. @throws refusals by name, camera raw among them */
export function readTiff(bytes: Uint8Array): Header | undefined {
  if (RAW_SIGNATURES.some((pattern) => startsWith(bytes, pattern))) throw cameraRaw();
  const tiff = openTiff(bytes);
  if (!tiff) return undefined;
  try {
    return read(bytes, tiff);
  } catch (cause) {
    throw cause instanceof RangeError ? damaged('TIFF', cause) : cause;
  }
}

function read(bytes: Uint8Array, tiff: Tiff): Header {
  const ifd = readIfd(tiff, tiff.first);
  // A decoder reads every value; many entries may claim the same bytes.
  if (ifd.valueBytes > 2 * bytes.length + 65_536) throw damaged('TIFF');
  if (isRaw(tiff, ifd)) throw cameraRaw();
  const one = (tag: number, absent: number) => {
    const entry = ifd.entries.get(tag);
    if (entry?.values.length === 0) throw damaged('TIFF');
    return entry?.values[0] ?? absent;
  };
  const [width, height] = [one(TAG.width, 0), one(TAG.height, 0)];
  const [samples, bits] = [one(TAG.samples, 1), one(TAG.bits, 1)];
  checkKind(ifd, one);
  const tile = one(TAG.tileWidth, 0) * one(TAG.tileHeight, 0);
  if (tile > TILE_PIXELS) throw unsupported('a TIFF with tiles of that size', TIFF_ADVICE);
  const { samples: colours = samples } = COLOURS[one(TAG.photometric, -1)] ?? {};
  const profile = ifd.entries.get(TAG.profile);
  return {
    format: 'tiff',
    width,
    height,
    orientation: orientationIn(ifd),
    hasAlpha: samples > colours,
    bitsPerSample: bits,
    pictures: pagesFrom(tiff, ifd),
    colour: profile?.at === undefined ? {} : { icc: bytes.subarray(profile.at, profile.at + profile.count) },
    decodable: firstPage(bytes, tiff, ifd),
    heldPerPixel: one(TAG.planar, 1) === 2 ? (samples * bits) / 8 + 2 : 0,
  };
}

function isRaw(tiff: Tiff, ifd: Ifd): boolean {
  const photometric = ({ entries }: Ifd) => entries.get(TAG.photometric)?.values[0];
  const subIfds = ifd.entries.get(TAG.subIfds)?.values ?? [];
  const thumbnail = ((ifd.entries.get(TAG.subfile)?.values[0] ?? 0) & 1) === 1;
  return (
    ifd.entries.has(TAG.dngVersion) ||
    (thumbnail && subIfds.length > 0) ||
    [ifd, ...subIfds.slice(0, SUB_IFDS).map((offset) => readIfd(tiff, offset))].some((each) =>
      [CFA, LINEAR_RAW].includes(photometric(each) ?? -1),
    )
  );
}

/** @throws the refusal, by its name, of a kind that libvips reads wrong or not at all */
function checkKind({ entries }: Ifd, one: (tag: number, absent: number) => number): void {
  const refuse = (what: string) => unsupported(`a TIFF ${what}`, TIFF_ADVICE);
  const photometric = one(TAG.photometric, -1);
  const format = one(TAG.sampleFormat, UNSIGNED);
  const bits = entries.get(TAG.bits)?.values ?? [1];
  const [first] = bits;
  if (format === 3) throw refuse('with floating-point samples');
  if (format !== UNSIGNED) throw refuse('with signed or complex samples');
  if ([CIELAB, ICCLAB, ITULAB].includes(photometric)) throw refuse('in Lab colours');
  const colours = COLOURS[photometric];
  const compression = one(TAG.compression, 1);
  if (!colours || (photometric === YCBCR && compression !== JPEG)) throw refuse('in colours of a rare kind');
  if (photometric === CMYK && one(TAG.inkSet, 1) !== 1) throw refuse('in inks of its own');
  if (!colours.bits.includes(first as number) || bits.some((each) => each !== first))
    throw refuse(`with ${[...new Set(bits)].join(', ')} bits per sample`);
  if (!COMPRESSIONS.includes(compression)) throw refuse('compressed in a rare way');
  const extra = one(TAG.samples, 1) - colours.samples;
  const most = [PALETTE, CMYK, YCBCR].includes(photometric) ? 0 : 1;
  if (extra < 0 || extra > most) throw refuse(`with ${one(TAG.samples, 1)} channels`);
}

function pagesFrom(tiff: Tiff, first: Ifd): number {
  const seen = new Set([tiff.first]);
  for (let { next } = first; next !== 0 && !seen.has(next) && seen.size < PAGES_COUNTED; ) {
    seen.add(next);
    try {
      next = linkOf(tiff, next).next;
    } catch (error) {
      if (error instanceof RangeError) return seen.size - 1;
      throw error;
    }
  }
  return seen.size;
}

/** The file without the link to its second page, so that nobody walks through all of them. */
function firstPage(bytes: Uint8Array, { big }: Tiff, { next, nextAt }: Ifd): Uint8Array {
  if (next === 0) return bytes;
  const file = Uint8Array.from(bytes);
  file.fill(0, nextAt, nextAt + (big ? 8 : 4));
  return file;
}
