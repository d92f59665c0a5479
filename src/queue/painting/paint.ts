import { setTimeout as delay } from 'node:timers/promises';
import type { PictureHash, Pictures } from '../../core/pictures.ts';
import type { Painted, PaintTask } from '../../core/task.ts';
import { stopIfAborted } from '../../nst/abort.ts';
import { type ErrorCode, ImpastoError } from '../../nst/errors.ts';
import { encodePicture } from '../../nst/image/encode.ts';
import type { Networks } from '../../nst/networks.ts';
import { parseSettings } from '../../nst/settings.ts';
import { Attempt, type AttemptOptions } from './attempt.ts';
import type { Context, Work } from './context.ts';
import { paintSweep } from './paint-sweep.ts';
import type { ServeHooks } from './serve.ts';
import { readSources } from './sources.ts';

/** Options of {@link paintWith}. */
export interface PaintOptions extends Omit<AttemptOptions, 'engine'> {
  /** The engine for a task's settings. */
  readonly networks: Pick<Networks, 'choose'>;
  readonly pictures: Pictures;
  /** What every requester should know, such as an engine that had to be left aside. */
  readonly warnings?: readonly string[];
  /** Impasto's version, written into pictures. */
  readonly version: string;
  /** For how long keeping a result is tried while pictures cannot be kept, in milliseconds; default 300 000. */
  readonly keepWithinMs?: number;
  /** Milliseconds between two attempts at that, at first; default 500. */
  readonly keepPauseMs?: number;
}

const DEFAULTS = { keepWithinMs: 300_000, keepPauseMs: 500 } as const;
/** Shorter than any painter may be silent. */
const LONGEST_PAUSE_MS = 4000;
/** What may pass, of the place of pictures. */
const PASSING: readonly ErrorCode[] = ['not-writable', 'disk-full'];

/**
 * Makes the function that does what a painter does with a task: gets the pictures, paints, and keeps the result.
 * It throws ImpastoError `picture-gone`, `picture-damaged`, `aborted`, what stylize() throws, and `disk-full` and
 * `not-writable` where the result could not be kept for minutes.
 */
export function paintWith(options: PaintOptions): (task: PaintTask, hooks: ServeHooks) => Promise<Painted> {
  return async (task, hooks) => {
    const { pictures, version } = options;
    const started = performance.now();
    const settings = parseSettings(task.options, task.styles.length);
    const sources = await readSources(task, settings, pictures);
    const choice = await options.networks.choose(settings, hooks.signal);
    const { engine, why, fallback } = choice;
    const attempt = await Attempt.begin(task, hooks, { ...options, engine });
    hooks.onActivity();
    const context = { attempt, sources, settings, version };
    const { picture, timelapse, warnings, ...rest } = await (task.kind === 'sweep' ? paintSweep : paintOne)(
      context,
      task,
    );
    hooks.onActivity();
    const { work } = attempt;
    const keep = (bytes: Uint8Array) => keepPatiently(bytes, attempt, hooks, options);
    return {
      ...rest,
      warnings: [
        ...(why !== undefined && fallback ? [why] : []),
        ...(options.warnings ?? []),
        ...choice.warnings,
        ...warnings,
      ],
      picture: await keep(picture),
      ...(timelapse && { timelapse: await keep(timelapse) }),
      size: settings.size,
      painterMs: performance.now() - started,
      work,
    };
  };
}

async function paintOne({ attempt, sources, version }: Context, { options }: PaintTask): Promise<Work> {
  const result = await attempt.paint(sources, options);
  const { settings, network, iterations, loss, warnings } = result;
  const { width, height } = result.picture;
  const parameters = { version, settings, network, iterations, loss };
  const [picture, timelapse] = await Promise.all([
    encodePicture(result.picture, { format: 'png', parameters }),
    attempt.timelapse.encode(result.picture),
  ]);
  return { picture, timelapse, width, height, iterations, warnings };
}

/** Keeps a picture, also where the place of pictures is away for a while: hours of painting may lie in it. */
async function keepPatiently(
  bytes: Uint8Array,
  attempt: Attempt,
  { signal, onActivity }: ServeHooks,
  options: PaintOptions,
): Promise<PictureHash> {
  const { pictures, onError, keepWithinMs, keepPauseMs } = { ...DEFAULTS, ...options };
  const deadline = performance.now() + keepWithinMs;
  for (let pause: number = keepPauseMs; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await pictures.put(bytes);
    } catch (error) {
      const passes = error instanceof ImpastoError && PASSING.includes(error.code);
      if (!passes || performance.now() >= deadline) throw error;
      onError(error);
    }
    // For another attempt, should this one be stopped or lost.
    if (pause === keepPauseMs) await attempt.save();
    onActivity();
    await delay(pause, undefined, { signal }).catch(() => {});
    stopIfAborted(signal);
  }
}
