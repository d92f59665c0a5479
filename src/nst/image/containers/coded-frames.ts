import { viewOf } from './bytes.ts';
import { unsupported } from './header.ts';

/** A picture may come in layers, one better than the other; decoders work on each, or on any number of others. */
const MAX_FRAMES = 4;
/** Kinds of AV1's units (AV1 specification, 6.2.2) that begin a frame: its header, alone or with its data. */
const [FRAME_HEADER, FRAME] = [3, 6];

/** Counts the frames in an item's data, up to `most`. */
type Counter = (data: Uint8Array, most: number) => number;

const COUNTERS: Readonly<Record<string, Counter>> = { av01: framesOfAv1, hvc1: framesOfHevc };

/** Whether an item of this kind has coded frames for its data. */
export function isCoded(kind: string): boolean {
  return Object.hasOwn(COUNTERS, kind);
}

/** @throws the refusal of data in which there are many frames, however small they are */
export function checkFrames(data: Uint8Array, kind: string): void {
  const count = COUNTERS[kind]?.(data, MAX_FRAMES + 1) ?? 0;
  if (count > MAX_FRAMES) throw unsupported(`a HEIF picture of more than ${MAX_FRAMES} layers`);
}

/** Open bitstream units, each with its size (AV1 specification, 5.3); one without goes to the end. */
function framesOfAv1(data: Uint8Array, most: number): number {
  let frames = 0;
  for (let at = 0; at < data.length && frames < most; ) {
    const [head = 0] = data.subarray(at, at + 1);
    const kind = (head >> 3) & 15;
    if (kind === FRAME || kind === FRAME_HEADER) frames += 1;
    at += head & 4 ? 2 : 1;
    if ((head & 2) === 0) break;
    let size = 0;
    for (let shift = 0; shift < 56; shift += 7) {
      const byte = data[at++] ?? 0;
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    at += size;
  }
  return frames;
}

/** Units with their lengths (ISO/IEC 14496-15); of HEVC's slices (ITU-T H.265, 7.3.6), those that begin a picture. */
function framesOfHevc(data: Uint8Array, most: number): number {
  const view = viewOf(data);
  let frames = 0;
  for (let at = 0; at + 7 <= data.length && frames < most; ) {
    const [head = 0, , slice = 0] = data.subarray(at + 4, at + 7);
    if (head >> 1 < 32 && slice >= 0x80) frames += 1;
    at += 4 + view.getUint32(at);
  }
  return frames;
}
