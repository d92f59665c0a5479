import { estimateWork } from '../nst/estimate.ts';
import { contactSheet } from '../nst/image/contact-sheet.ts';
import { decodePicture } from '../nst/image/decode.ts';
import { encodePicture } from '../nst/image/encode.ts';
import type { Sources } from '../nst/level.ts';
import { planLevels } from '../nst/pyramid.ts';
import { parseSettings, type StylizeOptions } from '../nst/settings.ts';
import { warmStart } from '../nst/warm.ts';
import type { Around } from './sitting.ts';
import type { Studio, Work } from './studio.ts';
import { sweepStrengths } from './sweep.ts';
import type { PaintTask } from './task.ts';

/** One painting of a sweep. */
interface Cell {
  /** Index of its strength. */
  readonly index: number;
  readonly options: StylizeOptions;
  /** The cell whose painting it starts from, by its index in the order of painting. */
  readonly from: number | undefined;
}

/**
 * The order of painting: the middle one as it was asked for, then outwards, each from the finished one beside it,
 * from which a few evaluations are enough.
 */
const ORDER = [
  { index: 2, from: undefined },
  { index: 1, from: 0 },
  { index: 0, from: 1 },
  { index: 3, from: 0 },
  { index: 4, from: 3 },
] as const;

/** Paints a contact sheet of strengths around the chosen one. */
export async function paintSweep(
  { sitting, sources, settings, version }: Studio,
  task: PaintTask,
): Promise<Work> {
  const strengths = sweepStrengths(settings.strength);
  const cells = ORDER.map(({ index, from }): Cell => {
    const options = { ...task.options, strength: strengths[index] as number };
    return { index, from, options: from === undefined ? options : warmStart(options) };
  });
  const warnings = new Set<string>();
  for (let at = sitting.finished.length; at < cells.length; at++) {
    const { from, options } = cells[at] as Cell;
    const init = from === undefined ? undefined : await decodePicture(sitting.finished[from] as Uint8Array);
    const result = await sitting.paint(
      { ...sources, ...(init && { init }) },
      options,
      around(cells, at, sources),
    );
    for (const warning of result.warnings) warnings.add(warning);
    await sitting.finish(await encodePicture(result.picture, { format: 'png' }));
  }
  const sheet = await contactSheet(
    await Promise.all(
      strengths.map(async (strength, index) => {
        const at = cells.findIndex((cell) => cell.index === index);
        const picture = await decodePicture(sitting.finished[at] as Uint8Array);
        return { picture, label: `${index + 1} · strength ${String(strength).replace('-', '−')}` };
      }),
    ),
  );
  const { iterations } = around(cells, cells.length, sources).before;
  const picture = await decodePicture(sheet);
  return {
    picture: await encodePicture(picture, { format: 'png', parameters: { version, settings, strengths } }),
    width: picture.width,
    height: picture.height,
    iterations,
    warnings: [...warnings],
  };
}

/** What is painted before and after a cell. */
function around(cells: readonly Cell[], at: number, { content, styles }: Sources): Around {
  const total = (some: readonly Cell[]) =>
    some.reduce(
      (sum, { options }) => {
        const settings = parseSettings(options, styles.length);
        return {
          levels: sum.levels + planLevels(content, settings).length,
          iterations: sum.iterations + settings.iterations,
          work: sum.work + estimateWork(content, settings),
        };
      },
      { levels: 0, iterations: 0, work: 0 },
    );
  return { before: total(cells.slice(0, at)), after: total(cells.slice(at + 1)) };
}
