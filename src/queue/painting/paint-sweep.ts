import type { PaintTask } from '../../core/task.ts';
import { estimateWork } from '../../nst/estimate.ts';
import { contactSheet } from '../../nst/image/contact-sheet.ts';
import { decodeOwn } from '../../nst/image/decode.ts';
import { encodePicture } from '../../nst/image/encode.ts';
import { type Pass, planPasses } from '../../nst/pyramid.ts';
import { sweepStrengths } from '../../nst/sweep.ts';
import type { Around } from './attempt.ts';
import type { Context, Work } from './context.ts';

/**
 * Paints a contact sheet of strengths around the chosen one. Each is painted from the beginning: started from its
 * neighbour, a painting keeps that one's strokes, and the sheet would not show what each strength gives.
 */
export async function paintSweep(context: Context, { options }: PaintTask): Promise<Work> {
  const { attempt, sources, settings, version } = context;
  const strengths = sweepStrengths(settings.strength);
  const warnings = new Set<string>();
  for (let done = attempt.finished.length; done < strengths.length; done++) {
    const strength = strengths[done] as number;
    const around = { before: share(context, done), after: share(context, strengths.length - done - 1) };
    const result = await attempt.paint(sources, { ...options, strength }, around);
    for (const warning of result.warnings) warnings.add(warning);
    await attempt.finish(await encodePicture(result.picture, { format: 'png' }));
  }
  const cells = strengths.map(async (strength, index) => ({
    picture: await decodeOwn(attempt.finished[index] as Uint8Array),
    label: `${index + 1} · strength ${String(strength).replace('-', '−')}`,
  }));
  const sheet = await decodeOwn(await contactSheet(await Promise.all(cells)));
  return {
    picture: await encodePicture(sheet, { format: 'png', parameters: { version, settings, strengths } }),
    width: sheet.width,
    height: sheet.height,
    iterations: share(context, strengths.length).iterations,
    warnings: [...warnings],
  };
}

/** What so many paintings of the sweep take. */
function share({ sources, settings }: Context, paintings: number): Around['after'] {
  return {
    levels: paintings * (planPasses(sources.content, settings).at(-1) as Pass).levels,
    iterations: paintings * settings.iterations,
    work: paintings * estimateWork(sources.content, settings),
  };
}
