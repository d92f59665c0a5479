import type { Limits } from '../nst/image/decode.ts';
import { encodePicture } from '../nst/image/encode.ts';
import type { Networks } from '../nst/networks.ts';
import { parseSettings } from '../nst/settings.ts';
import { paintSweep } from './paint-sweep.ts';
import type { ServeHooks } from './serve.ts';
import { Sitting, type SittingOptions } from './sitting.ts';
import { readSources } from './sources.ts';
import type { Studio, Work } from './studio.ts';
import type { Painted, PaintTask, Pictures } from './task.ts';

/** Options of {@link paintWith}. */
export interface PaintOptions extends Omit<SittingOptions, 'engine'> {
  /** The engine for a task's settings. */
  readonly networks: Pick<Networks, 'choose'>;
  readonly pictures: Pictures;
  /** What pictures may be at most. */
  readonly limits?: Limits;
  /** What every requester should know, such as an engine that had to be left aside. */
  readonly warnings?: readonly string[];
  /** Impasto's version, written into pictures. */
  readonly version: string;
}

/**
 * Makes the function that does what a painter does with a task: gets the pictures, paints, and keeps the result.
 * It throws ImpastoError `picture-gone`, `aborted`, and what decodePicture() and stylize() throw.
 */
export function paintWith(options: PaintOptions): (task: PaintTask, hooks: ServeHooks) => Promise<Painted> {
  return async (task, hooks) => {
    const { pictures, limits = {}, version } = options;
    const started = performance.now();
    const settings = parseSettings(task.options, task.styles.length);
    const sources = await readSources(task, settings, pictures, limits);
    const choice = await options.networks.choose(settings, hooks.signal);
    const { engine, why, fallback } = choice;
    const sitting = await Sitting.begin(task, hooks, { ...options, engine });
    hooks.onActivity();
    const studio = { sitting, sources, settings, version };
    const { picture, timelapse, warnings, ...rest } = await (task.kind === 'sweep' ? paintSweep : paintOne)(
      studio,
      task,
    );
    hooks.onActivity();
    const { work } = sitting;
    return {
      ...rest,
      warnings: [
        ...(why !== undefined && fallback ? [why] : []),
        ...(options.warnings ?? []),
        ...choice.warnings,
        ...warnings,
      ],
      picture: await pictures.put(picture),
      ...(timelapse && { timelapse: await pictures.put(timelapse) }),
      size: settings.size,
      painterMs: performance.now() - started,
      work,
    };
  };
}

async function paintOne({ sitting, sources, version }: Studio, { options }: PaintTask): Promise<Work> {
  const result = await sitting.paint(sources, options);
  const { settings, network, iterations, loss, warnings } = result;
  const { width, height } = result.picture;
  const parameters = { version, settings, network, iterations, loss };
  const [picture, timelapse] = await Promise.all([
    encodePicture(result.picture, { format: 'png', parameters }),
    sitting.timelapse.encode(result.picture),
  ]);
  return { picture, timelapse, width, height, iterations, warnings };
}
