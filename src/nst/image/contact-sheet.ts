import { interleaved } from './encode.ts';
import { FIGURES, lengthOf, written } from './lettering.ts';
import sharp from './libvips.ts';
import type { Picture } from './picture.ts';
import { fitWithin, resizePicture, type Size } from './resize.ts';

/** One picture of a {@link contactSheet}. */
export interface ContactSheetCell {
  readonly picture: Picture;
  /**
   * Written beneath the picture as it is, such as “1 · strength −0.5”. Capitals and accents are drawn as plain
   * lower-case letters; there are figures, + − - · . , : / × % and nothing else: other characters leave a gap.
   */
  readonly label: string;
}

/** Longer side of the pictures on a sheet, in pixels. */
const LONGER_SIDE = { least: 256, most: 512 } as const;
/** Height of figures against the longer side; legible still where a chat shows the sheet at a third of its size. */
const FIGURE_HEIGHT = 1 / 20;
/** Width against height at which a sheet looks best in a chat, and what a cell that stays empty counts against it. */
const PROPORTION = 1.4;
const EMPTY_CELL = 0.2;
const BACKGROUND = '#1c1d20';
const INK = [0xf3, 0xf0, 0xe8] as const;

/**
 * A PNG that shows pictures side by side, in the given order, in cells of equal size with a label beneath each.
 * Pictures are scaled to their cell as a whole, its longer side between 256 and 512 pixels; a last row that is
 * not full is centred. Opacity shows the sheet's dark grey.
 *
 * @param cells - at least one.
 */
export async function contactSheet(cells: readonly ContactSheetCell[]): Promise<Buffer> {
  if (cells.length === 0) throw new Error('A contact sheet has at least one cell');
  const { sheet, cell, places, baseline, unit } = layOut(cells);
  const pictures = cells.map(({ picture }, index) => {
    const { left, top } = places[index] as Place;
    const { width, height } = fitWithin(picture.width, picture.height, Math.max(cell.width, cell.height));
    return {
      input: Buffer.from(interleaved(resizePicture(picture, width, height))),
      raw: { width, height, channels: picture.alpha ? 4 : 3 } as const,
      left: Math.round(left + (cell.width - width) / 2),
      top: Math.round(top + (cell.height - height) / 2),
    };
  });
  const labels = cells.map(({ label }, index) => {
    const { left, top } = places[index] as Place;
    const x = left + (cell.width - lengthOf(label) * unit) / 2;
    return written(label, { x, y: top + baseline - FIGURES * unit, unit, ink: INK });
  });
  return sharp({ create: { ...sheet, channels: 3, background: BACKGROUND } })
    .composite([...pictures, ...labels.flat()])
    .removeAlpha()
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** The corner of a cell, in pixels. */
interface Place {
  readonly left: number;
  readonly top: number;
}

/** In pixels: where the cells begin, how far below that a label stands, and how long a unit of the strokes is. */
function layOut(cells: readonly ContactSheetCell[]) {
  const cell = cellSize(cells.map(({ picture }) => picture));
  const longer = Math.max(cell.width, cell.height);
  const gap = Math.round(longer / 20);
  const longest = Math.max(1, ...cells.map(({ label }) => lengthOf(label)));
  const unit = Math.min((longer * FIGURE_HEIGHT) / FIGURES, cell.width / longest);
  const baseline = cell.height + Math.round(0.6 * gap + FIGURES * unit);
  const pitch = { width: cell.width + gap, height: baseline + Math.round(1.2 * gap) };
  const columns = bestColumns(cells.length, pitch);
  const rows = Math.ceil(cells.length / columns);
  const places = cells.map((_, index) => {
    const row = Math.floor(index / columns);
    const empty = columns - Math.min(columns, cells.length - row * columns);
    const left = gap + Math.round(pitch.width * ((index % columns) + empty / 2));
    return { left, top: gap + pitch.height * row };
  });
  const sheet = { width: columns * pitch.width + gap, height: rows * pitch.height + gap };
  return { sheet, cell, places, baseline, unit };
}

/** The box that the pictures fit into, each scaled to the same longer side. */
function cellSize(pictures: readonly Size[]): Size {
  const largest = Math.max(...pictures.map(({ width, height }) => Math.max(width, height)));
  const longer = Math.min(LONGER_SIDE.most, Math.max(LONGER_SIDE.least, largest));
  const fitted = pictures.map(({ width, height }) => fitWithin(width, height, longer));
  return {
    width: Math.max(...fitted.map(({ width }) => width)),
    height: Math.max(...fitted.map(({ height }) => height)),
  };
}

function bestColumns(count: number, { width, height }: Size): number {
  const cost = (columns: number) => {
    const rows = Math.ceil(count / columns);
    const shape = Math.abs(Math.log((columns * width) / (rows * height) / PROPORTION));
    return shape + EMPTY_CELL * (columns * rows - count);
  };
  const choices = Array.from({ length: count }, (_, index) => index + 1);
  return choices.reduce((best, columns) => (cost(columns) < cost(best) ? columns : best));
}
