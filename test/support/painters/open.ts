import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Painter } from '../../../src/core/painter.ts';
import type { PaintProgress, PaintTask } from '../../../src/core/task.ts';
import type { EngineKind } from '../../../src/nst/engines/kinds.ts';
import { painterArguments } from '../../../src/queue/painters/painter-arguments.ts';
import { type ProcessPainterOptions, processPainter } from '../../../src/queue/painters/painter-process.ts';
import { openCheckpointFolder } from '../../../src/store/checkpoint-folder.ts';
import { openPlace } from '../../../src/store/open-place.ts';
import { gradientPicture, packed } from '../pictures.ts';

/** A painter in a process that misbehaves as a task's content says. */
export function open(options: Partial<ProcessPainterOptions> = {}) {
  const lines: unknown[] = [];
  const pids: number[] = [];
  const painter = processPainter({
    entry: new URL('./faulty.ts', import.meta.url),
    execArgv: ['--import', 'tsx'],
    checkpoints: openCheckpointFolder('/dev/null/nowhere'),
    stuckAfterMs: 600_000,
    stopWithinMs: 5000,
    log: {
      info: ({ pid }) => void pids.push(pid as number),
      warn: ({ line }) => void lines.push(line),
    },
    ...options,
  });
  onTestFinished(() => painter.close());
  return { painter, lines, pids };
}

export const task = (content: string, more: Partial<PaintTask> = {}): PaintTask => ({
  jobId: 'job-1',
  kind: 'painting',
  options: { size: 512 },
  content,
  styles: [],
  ...more,
});

/** Has a task painted; `told` settles with the first progress that fits. */
export function paint(painter: Painter, what: PaintTask) {
  const controller = new AbortController();
  const reports: PaintProgress[] = [];
  const told = new EventTarget();
  const result = painter.paint(what, {
    signal: controller.signal,
    onProgress: (progress) => {
      reports.push(progress);
      told.dispatchEvent(new Event('progress'));
    },
  });
  result.catch(() => {});
  const progress = async (fits: (progress: PaintProgress) => boolean = () => true) => {
    for (;;) {
      const fitting = reports.find(fits);
      if (fitting) return fitting;
      await Promise.race([once(told, 'progress'), result]);
    }
  };
  return { controller, result, reports, progress };
}

/**
 * A painter in a process that paints on the tiny network, on stand-ins for engines, and tasks for it that differ in
 * their jobs only. After a crash it paints with the engines behind the first.
 */
export async function tinyPainter(...[first, ...others]: readonly EngineKind[]) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const place = { type: 'folder', folder } as const;
  const { pictures, checkpoints } = await openPlace(place);
  const content = await pictures.put(await packed(gradientPicture(64, 48)));
  const style = await pictures.put(await packed(gradientPicture(48, 64).negate()));
  const weights = { folders: [], cacheFolder: '/dev/null/nowhere' };
  const common = { place, checkpointMs: 0, weights };
  const [next, ...rest] = others;
  const opened = open({
    entry: new URL('../tiny-painter.ts', import.meta.url),
    args: painterArguments({ ...common, engines: [first ?? 'onnx-cpu', ...others] }),
    ...(next && {
      cautiousArgs: painterArguments({ ...common, engines: [next, ...rest], warnings: ['with caution'] }),
    }),
    checkpoints,
  });
  const options = { size: 64, minSize: 32, iterations: 120 };
  const pictureTask = (jobId: string): PaintTask => task(content, { jobId, options, styles: [style] });
  return { ...opened, pictures, checkpointFolder: path.join(folder, 'checkpoints'), pictureTask };
}
