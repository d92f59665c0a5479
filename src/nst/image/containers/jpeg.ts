import { startsWith } from './bytes.ts';
import { damaged, type Header } from './header.ts';
import { decodedShare } from './jpeg-scan.ts';
import { type Frame, type Jpeg, parseJpeg, type Scan } from './jpeg-segments.ts';

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
function lackOfEnd(bytes: Uint8Array, { frame, scans }: Jpeg): string {
  const missing = 1 - (whole(frame, scans) ? 1 : decodedShare(bytes, frame, scans[0]));
  if (missing > MISSING_AT_MOST) throw damaged('JPEG');
  if (frame.progressive) return 'It lacks its end; it is used as far as it goes, with less detail.';
  if (missing === 0) return 'It lacks its last bytes; nothing of the picture is missing.';
  return `It lacks its end; the last ${Math.ceil(100 * missing)} % of the picture are filled in.`;
}

/** Whether every component has had a first scan with another behind it. */
function whole({ components }: Frame, scans: readonly Scan[]): boolean {
  const done = scans.slice(0, -1).filter(({ from }) => from === 0);
  return components.every(({ id }) => done.some((scan) => scan.components.some((each) => each.id === id)));
}

/**
 * Checks that a JPEG's data are all there although it has an end, which programs write behind broken downloads, too.
 *
 * @throws ImpastoError `truncated-picture`
 */
export function checkWhole(bytes: Uint8Array): void {
  const { frame, scans } = parseJpeg(bytes);
  if (!whole(frame, scans) && 1 - decodedShare(bytes, frame, scans[0]) > MISSING_AT_MOST)
    throw damaged('JPEG');
}
