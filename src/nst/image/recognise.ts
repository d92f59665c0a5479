import { ImpastoError } from '../errors.ts';
import { readGif } from './containers/gif.ts';
import { damaged, type Header } from './containers/header.ts';
import { readHeif } from './containers/isobmff.ts';
import { readJpeg } from './containers/jpeg.ts';
import { readPng } from './containers/png.ts';
import { readTiff } from './containers/tiff.ts';
import { readWebp } from './containers/webp.ts';
import { refusalOf } from './foreign.ts';
import type { InputFormat } from './formats.ts';

const READERS = [readJpeg, readPng, readWebp, readGif, readHeif, readTiff];

/**
 * Reads a file's structure as far as its first picture: what it is and what it says of itself. Its name and declared
 * media type have no say. No decoder sees the bytes; the time is bounded by their number.
 *
 * @throws ImpastoError `empty-picture`, `not-a-picture`, `unsupported-picture`, `truncated-picture`
 */
export function readHeader(bytes: Uint8Array): Header {
  if (bytes.length === 0) {
    throw new ImpastoError('empty-picture', 'The picture is empty: it has zero bytes.', {
      advice: 'Save or send it again.',
    });
  }
  for (const read of READERS) {
    const header = read(bytes);
    if (header) return checked(header);
  }
  throw refusalOf(bytes);
}

/** The format of a file that can be read, by its structure. */
export function formatIn(bytes: Uint8Array): InputFormat | undefined {
  try {
    return readHeader(bytes).format;
  } catch {
    return undefined;
  }
}

function checked(header: Header): Header {
  const { width, height, place, format } = header;
  const outside = place && (place.left + place.width > width || place.top + place.height > height);
  if (width === 0 || height === 0 || outside) throw damaged(format.toUpperCase());
  return header;
}
