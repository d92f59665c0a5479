import { unsupported } from './containers/header.ts';
import { type Libheif, loadLibheif } from './libheif.ts';
import type { Size } from './resize.ts';
import { tiffFile } from './tiff-file.ts';

/** Values of heif.h: RGB, and its interleaved forms for samples of 1 and of 2 bytes, by the number of channels. */
const RGB = 1;
const FORMS = { 1: { 3: 10, 4: 11 }, 2: { 3: 14, 4: 15 } } as const;
const INTERLEAVED = 10;
/** Codes of errors of heif.h for what is valid and not supported: a file type, a feature. */
const UNSUPPORTED = [3, 4];

const ADVICE = 'Save it as JPEG and send that. On an iPhone: Settings → Camera → Formats → Most Compatible.';

/** The one picture that is wanted of a HEIC file, upright. */
export interface HeicPicture extends Size {
  /** An uncompressed TIFF of 8 or 16 bits, in the file's own colours. */
  readonly tiff: Uint8Array;
}

/**
 * Decodes the primary picture of a HEIC file, for libvips to go on with: tiles are put together, and it is turned,
 * mirrored and cut as its container says; EXIF's orientation has no say. The thread is busy until it is done, for
 * about 0.1 s a megapixel.
 *
 * @param most - its size by the file's header, upright; a larger one counts as damage. It may be smaller by a part of a
 *   pixel where it is cut.
 * @param icc - the profile of its colours, passed on.
 * @throws ImpastoError `unsupported-picture` where it takes what libheif does not know
 * @throws Error with libheif's words, or WebAssembly's, where the file is damaged
 */
export function decodeHeic(bytes: Uint8Array, most: Size, icc?: Uint8Array): HeicPicture {
  const heif = loadLibheif();
  const handle = openPrimary(heif, bytes);
  checkSize(heif, handle, most);
  const bytesPerSample = heif._heif_image_handle_get_luma_bits_per_pixel(handle) > 8 ? 2 : 1;
  const channels = heif._heif_image_handle_has_alpha_channel(handle) ? 4 : 3;
  const form = FORMS[bytesPerSample][channels];
  const image = made(heif, (error, result) => {
    heif._heif_decode_image(error, handle, result, RGB, form, 0);
  });
  const width = heif._heif_image_get_width(image, INTERLEAVED);
  const height = heif._heif_image_get_height(image, INTERLEAVED);
  const premultiplied = heif._heif_image_is_premultiplied_alpha(image) !== 0;
  const { file, pixels } = tiffFile({ width, height, channels, premultiplied, bytesPerSample, icc });
  copyRows(heif, image, height, pixels);
  if (bytesPerSample === 2) widen(pixels, heif._heif_image_get_bits_per_pixel_range(image, INTERLEAVED));
  return { width, height, tiff: file };
}

/** The handle of the file's primary picture. Nothing is ever freed: the instance goes as a whole. */
function openPrimary(heif: Libheif, bytes: Uint8Array): number {
  const file = heif._malloc(bytes.length);
  if (file === 0) throw new Error('Out of memory');
  heif.HEAPU8.set(bytes, file);
  const context = heif._heif_context_alloc();
  return made(heif, (error, result) => {
    heif._heif_context_read_from_memory_without_copy(error, context, file, bytes.length, 0);
    if (heif.HEAPU32[error >> 2] === 0) heif._heif_context_get_primary_image_handle(error, context, result);
  });
}

/** What a function of libheif puts where a pointer points, unless it returns an error (struct heif_error). */
function made(heif: Libheif, call: (error: number, result: number) => void): number {
  const error = heif._malloc(16);
  const result = error + 12;
  call(error, result);
  const words: Uint32Array = heif.HEAPU32;
  const code = words[error >> 2];
  if (code === 0) return words[result >> 2];
  if (UNSUPPORTED.includes(code)) throw unsupported('a HEIC picture of a rare kind', ADVICE);
  const message = words[(error + 8) >> 2];
  const text: Uint8Array = heif.HEAPU8.subarray(message, message + 200);
  throw new Error(Buffer.from(text).toString('latin1').replace(/\0.*/s, ''));
}

/** libheif itself sees to it that what it decodes is of the size that it says here. */
function checkSize(heif: Libheif, handle: number, most: Size): void {
  const width = heif._heif_image_handle_get_width(handle);
  const height = heif._heif_image_handle_get_height(handle);
  if (width <= most.width && height <= most.height) return;
  throw new Error(`libheif sees ${width}×${height}, the header says ${most.width}×${most.height}`);
}

function copyRows(heif: Libheif, image: number, height: number, pixels: Uint8Array): void {
  const stride = heif._malloc(4);
  const plane = heif._heif_image_get_plane_readonly2(image, INTERLEAVED, stride);
  const step = heif.HEAPU32[stride >> 2];
  const rowBytes = pixels.length / height;
  for (let row = 0; row < height; row++) {
    const start = plane + row * step;
    pixels.set(heif.HEAPU8.subarray(start, start + rowBytes), row * rowBytes);
  }
}

/** Samples of 9 to 16 bits, as little-endian bytes, to the whole range of 16. */
function widen(pixels: Uint8Array, bits: number): void {
  const samples = new Uint16Array(pixels.buffer, pixels.byteOffset, pixels.length / 2);
  for (let at = 0; at < samples.length; at++) {
    samples[at] = (samples[at] << (16 - bits)) | (samples[at] >> (2 * bits - 16));
  }
}
