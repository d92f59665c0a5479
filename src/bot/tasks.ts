import type { Job, NewJob } from '../core/job.ts';
import type { PaintTask } from '../core/task.ts';
import { ImpastoError } from '../nst/errors.ts';
import { estimateMemory, estimateWork, largestSizeWithin } from '../nst/estimate.ts';
import type { Size } from '../nst/image/resize.ts';
import type { Method } from '../nst/losses/settings.ts';
import { DEFAULT_METHOD } from '../nst/method-settings.ts';
import { PRESETS } from '../nst/presets.ts';
import { parseSettings, type StylizeOptions } from '../nst/settings.ts';
import { sweepStrengths } from '../nst/sweep.ts';
import { warmStart } from '../nst/warm.ts';
import type { QueuedJob } from '../queue/queue.ts';
import type { MeasurementStore } from '../store/store.ts';

type Recipe = Pick<NewJob, 'kind' | 'options' | 'init' | 'styles'>;

/** The options that are painted with: a job's own say what its requester chose, which its re-runs are derived from. */
export function paintedOptions({ kind, options, init }: Recipe): StylizeOptions {
  if (kind === 'sweep') {
    const { size, iterations } = PRESETS.draft;
    return {
      ...options,
      size: Math.min(size, options.size ?? size),
      iterations: Math.min(iterations, options.iterations ?? iterations),
    };
  }
  return init === null ? options : warmStart(options);
}

/** A job as the queue takes it. */
export function queuedJob(job: NewJob | Job): QueuedJob {
  const { id, kind, content, styles, mask, init, platform, user, server, lane, estimateMs, maxConcurrent } =
    job;
  const task: PaintTask = {
    jobId: id,
    kind,
    options: paintedOptions(job),
    content,
    styles: styles.map(({ hash }) => hash),
    ...(mask !== null && { mask }),
    ...(init !== null && { init }),
  };
  return {
    task,
    user: `${platform}:${user}`,
    server: `${platform}:${server}`,
    lane,
    estimateMs,
    maxConcurrent,
  };
}

/**
 * Milliseconds per megapixel and evaluation of the method `gatys`, before this machine has been measured: two processor
 * cores' (bench/README.md, 1.4 s and 2.1 s at 512×512; the compact network's a third).
 */
const PRIOR = { light: 5300, gatys: 8000, compact: 1800 } as const;
/** What matching places adds to that, at most, under the other methods. */
const MATCHING = 1.15;
/** Share of the newest measurement in the running mean. */
const NEWEST = 0.3;

/** How fast this machine paints, measured by every painting. */
export class Speed {
  readonly #measurements: MeasurementStore;

  constructor(measurements: MeasurementStore) {
    this.#measurements = measurements;
  }

  /** Milliseconds per megapixel and evaluation; a method that was not measured is as fast as `gatys` lets expect. */
  async current(options: Costly = {}): Promise<{ ms: number; measured: boolean }> {
    const { kind, method } = costOf(options);
    const ms = await this.#measurements.get(nameOf(kind, method));
    if (ms !== undefined) return { ms, measured: true };
    if (method === 'gatys') return { ms: PRIOR[kind], measured: false };
    const classical = await this.current({ ...options, method: 'gatys' });
    return { ...classical, ms: MATCHING * classical.ms };
  }

  /** Takes a finished painting into the mean. */
  async record(options: Costly, work: { megapixelEvaluations: number; ms: number }): Promise<void> {
    if (!(work.megapixelEvaluations > 0 && work.ms > 0)) return;
    const { kind, method } = costOf(options);
    const newest = work.ms / work.megapixelEvaluations;
    const { ms, measured } = await this.current(options);
    await this.#measurements.set(nameOf(kind, method), measured ? ms + NEWEST * (newest - ms) : newest);
  }

  /** Milliseconds that a job is expected to take. */
  async estimate(recipe: Recipe, photograph: Size): Promise<number> {
    const options = paintedOptions(recipe);
    const { ms } = await this.current(options);
    const pictures = recipe.kind === 'sweep' ? sweepStrengths(0).length : 1;
    return ms * pictures * estimateWork(photograph, parseSettings(options, recipe.styles.length));
  }
}

/** What an evaluation's time depends on, beside its pixels. */
type Costly = Pick<StylizeOptions, 'layers' | 'network' | 'method'>;
type Kind = keyof typeof PRIOR;

/** A network left open counts by its layers: where it has to be the compact one, it soon is so for all. */
function costOf({ layers = 'light', network, method = DEFAULT_METHOD }: Costly): {
  kind: Kind;
  method: Method;
} {
  return { kind: network === 'compact' ? network : layers, method };
}

function nameOf(kind: Kind, method: Method): string {
  return `ms per megapixel-evaluation, ${kind}${method === 'gatys' ? '' : `, ${method}`}`;
}

/** @throws ImpastoError `out-of-memory` that names the largest size that fits, when a job would not. */
export function checkMemory(recipe: Recipe, photograph: Size, bytes: number): void {
  const settings = parseSettings(paintedOptions(recipe), recipe.styles.length);
  const needed = estimateMemory(photograph, settings);
  if (needed <= bytes) return;
  const largest = largestSizeWithin(bytes, photograph, settings);
  const gigabytes = (value: number) => `${(value / 1e9).toFixed(1)} GB`;
  throw new ImpastoError(
    'out-of-memory',
    `${settings.size} px would need about ${gigabytes(needed)} of memory; this machine has ${gigabytes(bytes)} for a painting.`,
    {
      advice:
        largest === undefined ? 'It is too small to paint.' : `The largest size that fits is ${largest} px.`,
    },
  );
}
