import { crc32, inflateSync } from 'node:zlib';
import { startsWith, viewOf } from './bytes.ts';
import {
  type Cicp,
  type ColourTags,
  damaged,
  type Header,
  type Orientation,
  type Place,
  unsupported,
} from './header.ts';
import { exifOrientation } from './ifd.ts';

const SIGNATURE = '\x89PNG\r\n\x1a\n';
/** Chunks that pixels depend on. All others stay behind: compressed text swells to gigabytes. */
const KEPT = new Set(['IHDR', 'PLTE', 'tRNS', 'sRGB', 'gAMA', 'cHRM', 'iCCP', 'sBIT', 'bKGD', 'IDAT']);
/** Chunks that are read beside those. */
const READ = ['acTL', 'fcTL', 'fdAT', 'cICP', 'eXIf'];
const CODES = new Map([...KEPT, ...READ].map((type) => [Buffer.from(type).readUInt32BE(), type]));
const IEND = Buffer.from('IEND').readUInt32BE();
/** Common encoders cut 50 MB into 6000. */
const MAX_CHUNKS = 50_000;
/** Of a profile, in bytes; those of printers have one or two million. */
const MAX_PROFILE = 4_000_000;
const STILL_BESIDE =
  'It has a still picture beside its animation, of which the first frame is used, as browsers show it.';
const NO_END = 'It lacks its last bytes; nothing of the picture is missing.';
/** Samples of a pixel by colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
  /** Length, type, data and checksum as they are in the file. */
  readonly whole: Uint8Array;
}

/** Reads a PNG (W3C, third edition), with the first frame of an animation as browsers show it. */
export function readPng(bytes: Uint8Array): Header | undefined {
  if (!startsWith(bytes, SIGNATURE)) return undefined;
  const { chunks, complete } = chunksOf(bytes);
  const [ihdr] = chunks;
  if (ihdr?.type !== 'IHDR' || ihdr.data.length !== 13) throw damaged('PNG');
  if (!chunks.some(({ type }) => type === 'IDAT')) throw damaged('PNG');
  const view = viewOf(ihdr.data);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colourType, interlaced] = [view.getUint8(8), view.getUint8(9), view.getUint8(12)];
  const samples = SAMPLES[colourType];
  if (samples === undefined) throw damaged('PNG');
  const animation = animationOf(chunks);
  const { orientation, colour, profile } = tagsOf(chunks);
  const kept = chunks.filter(({ type }) => KEPT.has(type) && (type !== 'iCCP' || profile));
  const place = animation?.place;
  const covers = !place || (place.width === width && place.height === height && !place.left && !place.top);
  return {
    format: 'png',
    width,
    height,
    orientation,
    hasAlpha: colourType >= 4 || !covers || chunks.some(({ type }) => type === 'tRNS'),
    bitsPerSample: depth,
    pictures: animation?.frames ?? 1,
    colour,
    ...(place && !covers && { place }),
    decodable: Buffer.concat([
      bytes.subarray(0, SIGNATURE.length),
      ...(animation?.data ? asStill(kept, animation.data, place as Place) : kept.map(({ whole }) => whole)),
      chunk('IEND', new Uint8Array()),
    ]),
    heldPerPixel: interlaced ? (samples * Math.max(8, depth)) / 8 + 2 : 0,
    remarks: [...(animation?.data ? [STILL_BESIDE] : []), ...(complete ? [] : [NO_END])],
  };
}

/** The chunks that matter, up to the end; one that is cut off is not among them. */
function chunksOf(bytes: Uint8Array): { chunks: Chunk[]; complete: boolean } {
  const view = viewOf(bytes);
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const code = view.getUint32(at + 4);
    const end = at + 12 + view.getUint32(at);
    if (code === IEND) return { chunks, complete: true };
    if (end > bytes.length) break;
    const type = CODES.get(code);
    if (type) chunks.push({ type, data: bytes.subarray(at + 8, end - 4), whole: bytes.subarray(at, end) });
    if (chunks.length > MAX_CHUNKS) throw unsupported(`a PNG of more than ${MAX_CHUNKS} parts`);
    at = end;
  }
  return { chunks, complete: false };
}

interface Animation {
  readonly frames: number;
  readonly place?: Place;
  /** The first frame's compressed data, where it is not the still picture's. */
  readonly data?: readonly Uint8Array[];
}

/** The still picture is the first frame only if its frame control comes before it. */
function animationOf(chunks: readonly Chunk[]): Animation | undefined {
  const still = chunks.findIndex(({ type }) => type === 'IDAT');
  const declared = chunks.findIndex(({ type }) => type === 'acTL');
  if (declared < 0 || declared > still) return undefined;
  const frames = chunks.filter(({ type }) => type === 'fcTL').length;
  const first = chunks.findIndex(({ type }) => type === 'fcTL');
  const control = chunks[first]?.data;
  if (frames === 0 || control?.length !== 26) return undefined;
  if (first < still) return { frames };
  const view = viewOf(control);
  const place = {
    width: view.getUint32(4),
    height: view.getUint32(8),
    left: view.getUint32(12),
    top: view.getUint32(16),
  };
  const data = [];
  for (const { type, data: part } of chunks.slice(first + 1)) {
    if (type !== 'fdAT' || part.length < 4) break;
    data.push(part.subarray(4));
  }
  return { frames, place, data };
}

/** A PNG's chunks with another picture's data, of that one's size. */
function asStill(
  kept: readonly Chunk[],
  data: readonly Uint8Array[],
  { width, height }: Place,
): Uint8Array[] {
  const [ihdr, ...rest] = kept as [Chunk, ...Chunk[]];
  const header = Uint8Array.from(ihdr.data);
  viewOf(header).setUint32(0, width);
  viewOf(header).setUint32(4, height);
  const before = rest.filter(({ type }) => type !== 'IDAT').map(({ whole }) => whole);
  return [chunk('IHDR', header), ...before, ...data.map((part) => chunk('IDAT', part))];
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const whole = Buffer.alloc(12 + data.length);
  whole.writeUInt32BE(data.length);
  whole.write(type, 4, 'latin1');
  whole.set(data, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), 8 + data.length);
  return whole;
}

function tagsOf(chunks: readonly Chunk[]) {
  const find = (name: string) => chunks.find(({ type }) => type === name)?.data;
  const [exif, gama, chrm, cicp, iccp] = ['eXIf', 'gAMA', 'cHRM', 'cICP', 'iCCP'].map(find);
  const orientation: Orientation = exif ? exifOrientation(exif) : 1;
  const profile = iccp && profileOf(iccp);
  const measured = !find('sRGB');
  const colour: ColourTags = {
    ...(profile && { icc: profile }),
    ...(cicp?.length === 4 && { cicp: cicpOf(cicp) }),
    ...(measured && gama?.length === 4 && { gamma: viewOf(gama).getUint32(0) / 100_000 }),
    ...(measured &&
      chrm?.length === 32 && {
        chromaticities: Array.from({ length: 8 }, (_, index) => viewOf(chrm).getUint32(4 * index) / 100_000),
      }),
  };
  return { orientation, colour, profile };
}

function cicpOf([primaries, transfer, matrix, range]: Uint8Array): Cicp {
  return { primaries, transfer, matrix, fullRange: range === 1 } as Cicp;
}

/** A profile that is not one, or swells, is left aside, as browsers do. */
function profileOf(iccp: Uint8Array): Uint8Array | undefined {
  const name = iccp.indexOf(0);
  if (name < 0 || name > 79) return undefined;
  try {
    return inflateSync(iccp.subarray(name + 2), { maxOutputLength: MAX_PROFILE });
  } catch {
    return undefined;
  }
}
