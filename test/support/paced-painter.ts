import { setTimeout as delay } from 'node:timers/promises';
import type { Painter } from '../../src/core/painter.ts';
import { stopIfAborted } from '../../src/nst/abort.ts';

/** A painter that takes so many milliseconds and gives back the photograph; it reports once, half way. */
export function pacedPainter(ms: number): Painter {
  const closing = new AbortController();
  return {
    async paint({ content: picture, options }, { signal, onProgress }) {
      const stop = AbortSignal.any([signal, closing.signal]);
      const pause = () => delay(ms / 2, undefined, { signal: stop }).catch(() => stopIfAborted(stop));
      await pause();
      const size = { width: 64, height: 48 };
      onProgress({ level: 1, levels: 1, ...size, iteration: 90, iterations: 180, remainingMs: ms / 2 });
      await pause();
      return {
        picture,
        ...size,
        size: options.size ?? 64,
        iterations: 180,
        painterMs: ms,
        work: { megapixelEvaluations: 1, ms },
        warnings: [],
      };
    },
    async forget() {},
    async close() {
      closing.abort();
    },
  };
}
