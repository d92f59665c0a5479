import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Painter } from '../../src/core/painter.ts';
import type { Stamp } from './processes.ts';

/** Milliseconds of painting for each evaluation that a job asks for. */
export const MS_PER_EVALUATION = 20;
/** Between two reports in milliseconds; every other one has a thumbnail, as with real painters. */
const REPORT_MS = 1000;

/** On a clock that all processes of a machine share, in milliseconds. */
export const clock = () => performance.timeOrigin + performance.now();

/** A painter that takes its time and gives back the photograph; it tells when it begins and ends. */
export function pacedPainter(thumbnail: Uint8Array, tell: (stamp: Stamp) => void): Painter {
  return {
    async paint({ jobId, content: picture, options }, { signal, onProgress }) {
      const began = performance.now();
      const ms = MS_PER_EVALUATION * (options.iterations ?? 50);
      const until = (at: number) => delay(began + at - performance.now(), undefined, { signal });
      tell({ jobId, what: 'begins', at: clock() });
      const size = { width: 512, height: 384 };
      for (let reports = 1; reports * REPORT_MS < ms; reports++) {
        await until(reports * REPORT_MS);
        const iteration = (reports * REPORT_MS) / MS_PER_EVALUATION;
        const remainingMs = ms - reports * REPORT_MS;
        const progress = { level: 1, levels: 1, ...size, iteration, iterations: 180, remainingMs };
        // No two are alike, so that each is kept anew.
        const latest = reports % 2 === 0 && { thumbnail: Buffer.concat([thumbnail, randomBytes(8)]) };
        onProgress({ ...progress, ...latest });
      }
      await until(ms);
      tell({ jobId, what: 'ends', at: clock() });
      const work = { megapixelEvaluations: 12, ms };
      return { picture, ...size, size: 512, iterations: 180, painterMs: ms, work, warnings: [] };
    },
    async forget() {},
    async close() {},
  };
}
