import type { Samples } from './colour-space/to-srgb.ts';
import { type Libheif, loadLibheif } from './libheif.ts';
import type { Size } from './resize.ts';

/** A picture in the colours that its file has. */
export interface Decoded extends Size, Samples {}

/** Values of heif.h: RGB, and its interleaved forms for samples of 8 and of more bits, by the number of channels. */
const RGB = 1;
const FORMS = { 8: { 3: 10, 4: 11 }, 16: { 3: 14, 4: 15 } } as const;
const INTERLEAVED = 10;

/**
 * Decodes the primary picture of a HEIC file: tiles are put together, and it is turned, mirrored and cut as its
 * container says. EXIF's orientation has no say. Opacity is straight. The thread is busy until it is done, for about
 * 0.1 s a megapixel.
 *
 * @param expected - its size by the file's header, upright; another one counts as damage.
 * @throws Error with libheif's words, or WebAssembly's, where the file cannot be decoded
 */
export function decodeHeic(bytes: Uint8Array, expected: Size): Decoded {
  const heif = loadLibheif();
  const handle = openPrimary(heif, bytes);
  checkSize(heif._heif_image_handle_get_width(handle), heif._heif_image_handle_get_height(handle), expected);
  const deep = heif._heif_image_handle_get_luma_bits_per_pixel(handle) > 8;
  const channels = heif._heif_image_handle_has_alpha_channel(handle) ? 4 : 3;
  const form = FORMS[deep ? 16 : 8][channels];
  const image = made(heif, (error, result) => {
    heif._heif_decode_image(error, handle, result, RGB, form, 0);
  });
  const width = heif._heif_image_get_width(image, INTERLEAVED);
  const height = heif._heif_image_get_height(image, INTERLEAVED);
  checkSize(width, height, expected);
  const white = 2 ** heif._heif_image_get_bits_per_pixel_range(image, INTERLEAVED) - 1;
  const rows = rowsOf(heif, image, { width, height }, (deep ? 2 : 1) * channels * width);
  const data = deep ? new Uint16Array(rows.buffer) : rows;
  return { width, height, channels, white, data };
}

/** The handle of the file's primary picture. Nothing is freed: the instance goes as a whole. */
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

/** What a function of libheif stores through a pointer, unless it returns an error (struct heif_error). */
function made(heif: Libheif, call: (error: number, result: number) => void): number {
  const error = heif._malloc(16);
  const result = error + 12;
  call(error, result);
  const words: Uint32Array = heif.HEAPU32;
  if (words[error >> 2] === 0) return words[result >> 2];
  const message = words[(error + 8) >> 2];
  const text: Uint8Array = heif.HEAPU8.subarray(message, message + 200);
  throw new Error(Buffer.from(text).toString('latin1').replace(/\0.*/s, ''));
}

function checkSize(width: number, height: number, expected: Size): void {
  if (width === expected.width && height === expected.height) return;
  throw new Error(
    `The decoder sees ${width}×${height}, the header says ${expected.width}×${expected.height}`,
  );
}

function rowsOf(heif: Libheif, image: number, { height }: Size, rowBytes: number): Uint8Array {
  const stride = heif._malloc(4);
  const plane = heif._heif_image_get_plane_readonly2(image, INTERLEAVED, stride);
  const step = heif.HEAPU32[stride >> 2];
  const rows = new Uint8Array(height * rowBytes);
  for (let row = 0; row < height; row++) {
    const start = plane + row * step;
    rows.set(heif.HEAPU8.subarray(start, start + rowBytes), row * rowBytes);
  }
  return rows;
}
