import { startsWith, viewOf } from './bytes.ts';
import { damaged, type Header } from './header.ts';

const [EXTENSION, IMAGE, TRAILER, GRAPHIC_CONTROL] = [0x21, 0x2c, 0x3b, 0xf9];
/** Frames are counted no further. */
const FRAMES_COUNTED = 100_000;

/**
 * Reads a GIF (89a). The decoder is given its first frame alone, which is placed on the canvas afterwards: what the
 * frame leaves free is transparent, as browsers show it.
 */
export function readGif(bytes: Uint8Array): Header | undefined {
  if (!startsWith(bytes, 'GIF87a') && !startsWith(bytes, 'GIF89a')) return undefined;
  try {
    return read(bytes);
  } catch (cause) {
    throw cause instanceof RangeError ? damaged('GIF', cause) : cause;
  }
}

function read(bytes: Uint8Array): Header {
  const view = viewOf(bytes);
  const packed = view.getUint8(10);
  let at = 13 + colourTable(packed);
  let transparent = false;
  let first: { at: number; end: number } | undefined;
  let frames = 0;
  while (at < bytes.length && frames < FRAMES_COUNTED) {
    const block = bytes[at];
    if (block === EXTENSION) {
      const graphic = bytes[at + 1] === GRAPHIC_CONTROL && bytes[at + 2] === 4;
      if (graphic && !first) transparent = (view.getUint8(at + 3) & 1) === 1;
      at = afterSubBlocks(bytes, at + 2);
    } else if (block === IMAGE) {
      const start = at;
      at = afterSubBlocks(bytes, at + 11 + colourTable(view.getUint8(at + 9)));
      // A later frame that is cut off does not count.
      if (at > bytes.length) break;
      first ??= { at: start, end: at };
      frames += 1;
    } else break;
  }
  if (!first) throw damaged('GIF');
  const frame = {
    left: view.getUint16(first.at + 1, true),
    top: view.getUint16(first.at + 3, true),
    width: view.getUint16(first.at + 5, true),
    height: view.getUint16(first.at + 7, true),
  };
  const width = Math.max(view.getUint16(6, true), frame.left + frame.width);
  const height = Math.max(view.getUint16(8, true), frame.top + frame.height);
  const covers = frame.width === width && frame.height === height;
  return {
    format: 'gif',
    width,
    height,
    orientation: 1,
    hasAlpha: transparent || !covers,
    bitsPerSample: 8,
    pictures: frames,
    colour: {},
    ...(!covers && { place: frame }),
    decodable: alone(bytes, first),
    heldPerPixel: 5,
  };
}

function colourTable(packed: number): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0;
}

/** Behind sub-blocks and their terminator; past the end where that is missing. */
function afterSubBlocks(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] as number);
  return at + 1;
}

/** The first frame on a canvas of its own size, with nothing behind it. */
function alone(bytes: Uint8Array, { at, end }: { at: number; end: number }): Uint8Array {
  const file = new Uint8Array(end + 1);
  file.set(bytes.subarray(0, end));
  file.copyWithin(6, at + 5, at + 9);
  file.fill(0, at + 1, at + 5);
  file[end] = TRAILER;
  return file;
}
