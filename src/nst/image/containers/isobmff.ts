import { type Box, boxes } from './boxes.ts';
import { latin1, startsWith, viewOf } from './bytes.ts';
import { type Cicp, type ColourTags, damaged, type Header, unsupported } from './header.ts';
import { type HeifItems, itemsOf } from './heif-items.ts';
import { cameraRaw } from './tiff.ts';

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
  const items = itemsOf(meta.data.subarray(4), bytes, name);
  const av1 = avif || items.kind === 'av01';
  const { size, turned, colour, bits, deep, alpha } = propertiesOf(items, name);
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
    heldPerPixel: heldPerPixel(av1, deep, alpha),
    decodedPixels: items.decodedPixels,
  };
}

/** Measured: of libheif with aom in libvips, and with libde265 in WebAssembly. */
function heldPerPixel(av1: boolean, deep: boolean, alpha: boolean): number {
  const colours = av1 ? (deep ? 24 : 17) : deep ? 18 : 11;
  return colours + (alpha ? (deep ? 12 : 6) : 0);
}

function propertiesOf({ own, properties }: HeifItems, name: string) {
  const find = (type: string) => own.find((box) => box.type === type)?.data;
  const [ispe, clap, irot, pixi, av1c] = ['ispe', 'clap', 'irot', 'pixi', 'av1C'].map(find);
  if (!ispe) throw damaged(name);
  const view = viewOf(ispe);
  const full = { width: view.getUint32(4), height: view.getUint32(8) };
  const bits = pixi?.[5] ?? (av1c ? av1Bits(av1c[2] ?? 0) : 8);
  const alpha = properties.some(
    ({ type, data }) => type === 'auxC' && /:auxid:1\0|:alpha\0/.test(latin1(data)),
  );
  return {
    size: clap ? cropped(clap, full) : full,
    turned: ((irot?.[0] ?? 0) & 1) === 1,
    bits,
    // Of a grid, its tiles tell what they are.
    deep: bits > 8 || properties.some(isDeep),
    colour: colourOf(own.filter(({ type }) => type === 'colr').map(({ data }) => data)),
    alpha,
  };
}

/** Whether a decoder's configuration, AV1's or HEVC's, says that samples have more than 8 bits. */
function isDeep({ type, data }: Box): boolean {
  return (type === 'av1C' && av1Bits(data[2] ?? 0) > 8) || (type === 'hvcC' && ((data[17] ?? 0) & 7) > 0);
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
