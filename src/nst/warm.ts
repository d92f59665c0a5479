import type { StylizeOptions } from './settings.ts';
import { settingsSchema } from './settings.ts';

/** Share of a cold painting's evaluations that a warm one makes, all of them at the full size. */
const SHARE = 0.08;
const FEWEST = 8;

/**
 * How to paint again from a finished picture after its settings have changed: at the full size at once, with few
 * evaluations (bench/README.md, “warm”). To be painted with the finished picture as `init`.
 */
export function warmStart(options: StylizeOptions): StylizeOptions {
  const { size, iterations } = settingsSchema.parse(options);
  return {
    ...options,
    init: 'picture',
    minSize: size,
    iterations: Math.min(iterations, Math.max(FEWEST, Math.round(SHARE * iterations))),
  };
}
