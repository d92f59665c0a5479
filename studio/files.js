/** Endings of pictures that a system may not know as pictures, such as a telephone's on Windows. */
const ENDINGS = ['.heic', '.heif', '.avif', '.tif', '.tiff'];

/** What a file dialog offers. */
export const PICTURES = ['image/*', ...ENDINGS].join();

/**
 * Whether a file says that it is a picture.
 *
 * @param {File} file
 */
export function isPicture({ type, name }) {
  return type.startsWith('image/') || ENDINGS.some((ending) => name.toLowerCase().endsWith(ending));
}
