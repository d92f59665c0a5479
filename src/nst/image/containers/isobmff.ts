import { latin1, startsWith, viewOf } from './bytes.ts';
import { type Cicp, type ColourTags, damaged, type Header, unsupported } from './header.ts';
import { cameraRaw } from './tiff.ts';

/** A box of ISO/IEC 14496-12. */
export interface Box {
  readonly type: string;
  /** Where it begins, header included, in the file. */
  readonly at: number;
  /** Its contents. */
  readonly data: Uint8Array;
}

const STILL = ['av01', 'hvc1', 'grid', 'iden', 'iovl', 'tmap'];
const MAX_BOXES = 10_000;
const MAX_FTYP = 4096;
const HEIC_BRANDS = /^(hei[cmsx]|hev[cmsx]|mif1|msf1)$/;
const AUDIO_BRANDS = /^(M4A |M4B |M4P |F4A )$/;

/** Reads AVIF and HEIC (HEIF, ISO/IEC 23008-12): a still picture, or that of an animation. @throws refusals by name */
export function readHeif(bytes: Uint8Array): Header | undefined {
  const brands = brandsOf(bytes);
  if (!brands) return undefined;
  const avif = brands.some((brand) => brand === 'avif' || brand === 'avis');
  if (brands.includes('crx ')) throw cameraRaw();
  if (!avif && !brands.some((brand) => HEIC_BRANDS.test(brand))) throw film(brands[0] as string);
  const name = avif ? 'AVIF' : 'HEIC';
  if (viewOf(bytes).getUint32(0) > bytes.length) throw damaged(name);
  try {
    return read(bytes, brands, avif);
  } catch (cause) {
    throw cause instanceof RangeError ? damaged(name, cause) : cause;
  }
}

/** The brands of a file that begins with a sound `ftyp` box, the major one first. */
function brandsOf(bytes: Uint8Array): string[] | undefined {
  if (!startsWith(bytes, '????ftyp') || bytes.length < 16) return undefined;
  const size = viewOf(bytes).getUint32(0);
  if (size < 16 || size > MAX_FTYP || size % 4 !== 0) return undefined;
  const brands = latin1(bytes, 16, size).match(/.{4}/gs) ?? [];
  return [latin1(bytes, 8, 12), ...brands];
}

function film(brand: string) {
  if (AUDIO_BRANDS.test(brand)) return unsupported('a sound recording', 'Send a picture.');
  return unsupported('a video', 'Send a picture, such as a screenshot of the video.');
}

function read(bytes: Uint8Array, brands: readonly string[], avif: boolean): Header {
  const top = boxes(bytes, 0);
  const moov = top.find(({ type }) => type === 'moov');
  const meta = top.find(({ type }) => type === 'meta');
  const name = avif ? 'AVIF' : 'HEIC';
  if (!meta) {
    if (moov) throw unsupported(`an animated ${name} without a still picture`);
    throw damaged(name);
  }
  const items = itemsOf(meta.data.subarray(4), bytes.length, name);
  const av1 = avif || items.kind === 'av01';
  const { size, turned, colour, bits, alpha } = propertiesOf(items, name);
  const sequence = brands.some((brand) => brand === 'avis' || brand === 'msf1');
  const [width, height] = turned ? [size.height, size.width] : [size.width, size.height];
  return {
    format: av1 ? 'avif' : 'heic',
    width,
    height,
    // The decoder turns it by the container's own boxes; EXIF's orientation has no say, as in browsers.
    orientation: 1,
    hasAlpha: alpha,
    bitsPerSample: bits,
    pictures: sequence && moov ? framesOf(moov.data) : 1,
    colour,
    decodable: sequence && avif ? asStill(bytes, top) : bytes,
    heldPerPixel: heldPerPixel(av1, bits > 8),
  };
}

/** Measured: of libheif with aom in libvips, and with libde265 in WebAssembly. */
function heldPerPixel(av1: boolean, deep: boolean): number {
  if (av1) return deep ? 24 : 17;
  return deep ? 18 : 11;
}

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

interface Items {
  readonly primary: number;
  readonly kind: string;
  readonly properties: readonly Box[];
  /** Properties of the primary item. */
  readonly own: readonly Box[];
}

function itemsOf(meta: Uint8Array, fileBytes: number, name: string): Items {
  const all = boxes(meta, 0);
  const find = (type: string) => all.find((box) => box.type === type)?.data;
  const [pitm, iinf, iprp, iloc] = ['pitm', 'iinf', 'iprp', 'iloc'].map(find);
  if (!pitm || !iinf || !iprp || !iloc) throw damaged(name);
  if (claimedBytes(iloc) > 2 * fileBytes) throw damaged(name);
  const primary = pitm[0] === 0 ? viewOf(pitm).getUint16(4) : viewOf(pitm).getUint32(4);
  const kinds = boxes(iinf.subarray(iinf[0] === 0 ? 6 : 8), 0).map(({ data }) => {
    const wide = data[0] === 3;
    const id = wide ? viewOf(data).getUint32(4) : viewOf(data).getUint16(4);
    return { id, kind: latin1(data, wide ? 10 : 8, wide ? 14 : 12) };
  });
  const kind = kinds.find(({ id }) => id === primary)?.kind ?? '';
  if (!STILL.includes(kind)) throw unsupported(`a HEIF picture coded as “${kind.replace(/[^\w ]/g, '?')}”`);
  const parts = boxes(iprp, 0);
  const properties = boxes(parts.find(({ type }) => type === 'ipco')?.data ?? new Uint8Array(), 0);
  const own = parts
    .filter(({ type }) => type === 'ipma')
    .flatMap(({ data }) => associations(data, primary))
    .flatMap((index) => properties[index - 1] ?? []);
  return { primary, kind, properties, own };
}

/** Bytes of all items together, as they claim: extents may overlap without end. */
function claimedBytes(iloc: Uint8Array): number {
  const view = viewOf(iloc);
  const version = view.getUint8(0);
  const sizes = view.getUint16(4);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexSize = version > 0 ? sizes & 15 : 0;
  const wide = version === 2;
  // Extents of no bytes could be counted for ever.
  if (indexSize + offsetSize + lengthSize === 0) throw new RangeError('items have no place');
  let at = wide ? 10 : 8;
  let sum = 0;
  for (let count = wide ? view.getUint32(6) : view.getUint16(6); count > 0; count--) {
    at += (wide ? 4 : 2) + (version > 0 ? 2 : 0) + 2 + baseSize;
    const extents = view.getUint16(at);
    at += 2;
    for (let extent = 0; extent < extents; extent++) {
      at += indexSize + offsetSize;
      if (lengthSize === 4) sum += view.getUint32(at);
      if (lengthSize === 8) sum += Number(view.getBigUint64(at));
      at += lengthSize;
    }
  }
  return sum;
}

/** Numbers of an item's properties. */
function associations(ipma: Uint8Array, item: number): number[] {
  const view = viewOf(ipma);
  const wideId = view.getUint8(0) > 0;
  const wide = (view.getUint32(0) & 1) === 1;
  let at = 8;
  for (let count = view.getUint32(4); count > 0; count--) {
    const id = wideId ? view.getUint32(at) : view.getUint16(at);
    at += wideId ? 4 : 2;
    const length = view.getUint8(at++);
    const numbers = Array.from({ length }, (_, index) =>
      wide ? view.getUint16(at + 2 * index) & 0x7fff : view.getUint8(at + index) & 0x7f,
    );
    if (id === item) return numbers;
    at += length * (wide ? 2 : 1);
  }
  return [];
}

function propertiesOf({ own, properties }: Items, name: string) {
  const find = (type: string) => own.find((box) => box.type === type)?.data;
  const [ispe, clap, irot, pixi, av1c] = ['ispe', 'clap', 'irot', 'pixi', 'av1C'].map(find);
  if (!ispe) throw damaged(name);
  const view = viewOf(ispe);
  const full = { width: view.getUint32(4), height: view.getUint32(8) };
  const depth = av1c ? av1Bits(av1c[2] ?? 0) : 8;
  const alpha = properties.some(
    ({ type, data }) => type === 'auxC' && /:auxid:1\0|:alpha\0/.test(latin1(data)),
  );
  return {
    size: clap ? cropped(clap, full) : full,
    turned: ((irot?.[0] ?? 0) & 1) === 1,
    bits: pixi?.[5] ?? depth,
    colour: colourOf(own.filter(({ type }) => type === 'colr').map(({ data }) => data)),
    alpha,
  };
}

/** AV1CodecConfigurationRecord: high_bitdepth and twelve_bit. */
function av1Bits(flags: number): number {
  if ((flags & 0x40) === 0) return 8;
  return (flags & 0x20) === 0 ? 10 : 12;
}

function cropped(clap: Uint8Array, full: { width: number; height: number }) {
  const view = viewOf(clap);
  const side = (at: number, most: number) => {
    const length = Math.round(view.getUint32(at) / view.getUint32(at + 4));
    return length >= 1 && length <= most ? length : most;
  };
  return { width: side(0, full.width), height: side(8, full.height) };
}

function colourOf(colours: readonly Uint8Array[]): ColourTags {
  const icc = colours.find((data) => startsWith(data, 'prof') || startsWith(data, 'rICC'));
  const nclx = colours.find((data) => startsWith(data, 'nclx'));
  return { ...(icc && { icc: icc.subarray(4) }), ...(nclx && { cicp: cicpOf(viewOf(nclx)) }) };
}

function cicpOf(view: DataView): Cicp {
  const [primaries, transfer, matrix] = [view.getUint16(4), view.getUint16(6), view.getUint16(8)];
  return { primaries, transfer, matrix, fullRange: view.getUint8(10) >> 7 === 1 };
}

/** Frames of the longest track. */
function framesOf(moov: Uint8Array): number {
  const counts = boxes(moov, 0)
    .filter(({ type }) => type === 'trak')
    .map(({ data }) => {
      let inner: Uint8Array | undefined = data;
      for (const step of ['mdia', 'minf', 'stbl', 'stsz'])
        inner = inner && boxes(inner, 0).find(({ type }) => type === step)?.data;
      return inner ? viewOf(inner).getUint32(8) : 0;
    });
  return Math.max(1, ...counts);
}

/** What a still picture is called where a sequence has these brands. */
const STILL_BRANDS: Readonly<Record<string, string>> = { avis: 'avif', msf1: 'mif1' };

/** The file as one of its still picture alone: libvips does not know the brand of sequences. */
function asStill(bytes: Uint8Array, top: readonly Box[]): Uint8Array {
  const file = Buffer.from(bytes);
  const end = file.readUInt32BE(0);
  for (let at = 8; at < end; at += 4) {
    const brand = STILL_BRANDS[latin1(file, at, at + 4)];
    if (brand) file.write(brand, at, 'latin1');
  }
  for (const { type, at } of top) if (type === 'moov') file.write('free', at + 4, 'latin1');
  return file;
}
