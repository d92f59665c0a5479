import { startsWith } from './bytes.ts';
import { damaged, type Header } from './header.ts';
import { decodedShare } from './jpeg-scan.ts';
import { type Jpeg, parseJpeg, type Scan } from './jpeg-segments.ts';

/** The marker of an end (EOI). */
const END = Uint8Array.of(0xff, 0xd9);
/** What may be missing at the end, of the picture's blocks. */
const MISSING_AT_MOST = 0.05;

/** Reads a JPEG (ITU-T T.81). One that lacks no more than its very end is given one, and a remark. */
export function readJpeg(bytes: Uint8Array): Header | undefined {
  if (!startsWith(bytes, '\xff\xd8\xff')) return undefined;
  const jpeg = parseJpeg(bytes);
  const { frame, orientation, icc, adobeRgb, scans, ended } = jpeg;
  const { width, height, components } = frame;
  const [widest, tallest] = [
    Math.max(...components.map(({ h }) => h)),
    Math.max(...components.map(({ v }) => v)),
  ];
  const samples = components.reduce((sum, { h, v }) => sum + (h * v) / (widest * tallest), 0);
  const several = frame.progressive || scans.length > 1;
  return {
    format: 'jpeg',
    width,
    height,
    orientation,
    hasAlpha: false,
    bitsPerSample: 8,
    pictures: 1,
    colour: { ...(icc && { icc }), ...(adobeRgb && { adobeRgb }) },
    // Coefficients have 16 bits.
    heldPerPixel: several ? 2 * samples + 1 : 0,
    ...(ended
      ? { decodable: bytes }
      : { decodable: Buffer.concat([bytes, END]), remarks: [lackOfEnd(bytes, jpeg)] }),
  };
}

/** @throws the refusal of a file of whose picture too much is missing */
function lackOfEnd(bytes: Uint8Array, jpeg: Jpeg): string {
  const missing = missingShare(bytes, jpeg);
  if (jpeg.frame.progressive)
    return 'It lacks its end; it is used as far as it goes, perhaps with less detail.';
  if (missing === 0) return 'It lacks its last bytes; nothing of the picture is missing.';
  return `It lacks its end; the last ${Math.ceil(100 * missing)} % of the picture are filled in.`;
}

/**
 * How much of the picture is a decoder's filling, from 0 to 1: of a progressive one, how much no scan has reached.
 *
 * @throws ImpastoError `truncated-picture` where that is more than next to nothing
 */
function missingShare(bytes: Uint8Array, { frame, scans }: Jpeg): number {
  const reached = (by: readonly Scan[]) =>
    frame.components.every(({ id }) =>
      by.some(({ from, components }) => from === 0 && components.some((each) => each.id === id)),
    );
  // A scan that has another behind it is whole.
  if (reached(scans.slice(0, -1))) return 0;
  const last = scans.at(-1) as Scan;
  const missing = reached(scans) ? 1 - decodedShare(bytes, frame, last) : 1;
  if (missing > (frame.progressive ? 0 : MISSING_AT_MOST)) throw damaged('JPEG');
  return missing;
}

/**
 * Checks that a JPEG's data are all there although it has an end, which programs write behind broken downloads, too.
 *
 * @throws ImpastoError `truncated-picture`
 */
export function checkWhole(bytes: Uint8Array): void {
  missingShare(bytes, parseJpeg(bytes));
}
