import { setTimeout as delay } from 'node:timers/promises';
import type { Painter } from '../src/core/painter.ts';

/** Takes a few milliseconds and gives back what it was given. */
export function quickPainter(): Painter {
  return {
    async paint({ content: hash, options }) {
      await delay(20);
      return {
        picture: hash,
        width: 512,
        height: 512,
        size: options.size ?? 512,
        iterations: 180,
        painterMs: 20,
        work: { megapixelEvaluations: 12, ms: 20 },
        warnings: [],
      };
    },
    async forget() {},
    async close() {},
  };
}
