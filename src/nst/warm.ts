import { estimateWork } from './estimate.ts';
import { parseSettings, type StylizeOptions } from './settings.ts';

/** Work of a warm painting against a cold one's; this much of the work takes a third of the time. */
const SHARE = 0.4;
/** With fewer evaluations L-BFGS hardly gets beyond learning how long a step may be. */
const FEWEST = 8;

/**
 * How to paint again after settings have changed, from the finished picture as `init`: at the full size at once,
 * with as many evaluations as a third of a cold painting's time has room for. What is gained at a coarse level
 * does not outweigh the detail that is lost there: a pyramid from half the size was farther from the goal after
 * the same time (bench/README.md, “warm”).
 *
 * @param options - the changed settings, as for a cold painting.
 * @throws ImpastoError `bad-setting`.
 */
export function warmStart(options: StylizeOptions): StylizeOptions {
  const settings = parseSettings(options, options.styleBlend?.length ?? 1);
  const { size, iterations } = settings;
  const coldEvaluations = estimateWork({ width: size, height: size }, settings) / (size ** 2 / 1e6);
  return {
    ...options,
    init: 'picture',
    minSize: size,
    iterations: Math.min(iterations, Math.max(FEWEST, Math.round(SHARE * coldEvaluations))),
  };
}
