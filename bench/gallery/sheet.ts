import { readFile } from 'node:fs/promises';
import sharp, { type OverlayOptions } from 'sharp';
import { decodePicture } from '../../src/nst/image/decode.ts';
import { interleaved } from '../../src/nst/image/encode.ts';
import { written } from '../../src/nst/image/lettering.ts';
import type { Size } from '../../src/nst/image/resize.ts';

/** A row of a sheet: picture files. */
export interface SheetRow {
  readonly title: string;
  readonly photograph: string;
  readonly painting: string;
  /** What was painted, in the order in which it is shown: as a, b, … */
  readonly results: readonly string[];
}

/** Longer side of a result, in pixels; the photograph and the painting have half of it, one above the other. */
const CELL = 512;
const HALF = CELL / 2;
const GAP = 8;
/** Height of a line of letters. */
const LINE = 30;
const LETTERS = { unit: 1.4, ink: [0, 0, 0] } as const;

/** The letter under which a result is shown. */
export function letterOf(index: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + index);
}

/** Writes a PNG of rows: the pair on the left, then the results, above which stand letters and no names. */
export async function writeSheet(file: string, rows: readonly SheetRow[]): Promise<void> {
  const overlays: OverlayOptions[] = [];
  let top = GAP;
  for (const row of rows) {
    const line = top + GAP;
    overlays.push(...written(row.title, { x: GAP, y: line, ...LETTERS }));
    const results = await Promise.all(row.results.map((each) => cell(each, CELL)));
    results.forEach((result, index) => {
      const left = HALF + 2 * GAP + index * (CELL + GAP);
      overlays.push({ ...result, left, top: top + LINE });
      overlays.push(...written(letterOf(index), { x: left + CELL / 2, y: line, ...LETTERS }));
    });
    const [photograph, painting] = [await cell(row.photograph, HALF), await cell(row.painting, HALF)];
    overlays.push({ ...photograph, left: GAP, top: top + LINE });
    overlays.push({ ...painting, left: GAP, top: top + LINE + photograph.height + GAP });
    const pair = photograph.height + GAP + painting.height;
    top += LINE + Math.max(pair, ...results.map(({ height }) => height)) + GAP;
  }
  const columns = Math.max(...rows.map(({ results }) => results.length));
  const width = HALF + 2 * GAP + columns * (CELL + GAP);
  await sharp({ create: { width, height: top, channels: 3, background: '#fff' } })
    .composite(overlays)
    .png()
    .toFile(file);
}

/** A picture as what is laid over a sheet. */
async function cell(file: string, side: number): Promise<OverlayOptions & Size> {
  const picture = await decodePicture(await readFile(file), { fit: side, enlarge: true });
  const { width, height } = picture;
  const raw = { width, height, channels: picture.alpha ? 4 : 3 } as const;
  return { input: Buffer.from(interleaved(picture)), raw, width, height };
}
