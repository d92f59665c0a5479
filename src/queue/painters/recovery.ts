import { type Failure, failureOf } from '../../core/failures.ts';
import { PAINTER_LOST, type Painter, type PaintHooks } from '../../core/painter.ts';
import type { Painted, PaintTask } from '../../core/task.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { settingsSchema } from '../../nst/settings.ts';
import { sizeBelow } from '../../nst/sizes.ts';

/** Hooks of {@link paintWithRecovery}. */
export interface RecoveryHooks extends PaintHooks {
  /** Another attempt begins; `size` is given, in pixels, when it is at a smaller one. */
  readonly onRetry: (failure: Failure, size: number | undefined) => void;
}

/** What came of a job over all attempts. */
export type Outcome =
  | { readonly type: 'done'; readonly painterMs: number; readonly result: Painted }
  | { readonly type: 'failed'; readonly painterMs: number; readonly error: unknown };

/** How often a job goes on from its checkpoint after the painter was lost. */
export const RESUMPTIONS = 2;

/**
 * Has a task painted and sees it through: after a lost painter it goes on from the last checkpoint, twice at most;
 * where memory was not enough, it is painted one step smaller, once. Never rejects: what ended the last attempt is
 * in the outcome.
 */
export async function paintWithRecovery(
  painter: Painter,
  task: PaintTask,
  { signal, onProgress, onRetry }: RecoveryHooks,
): Promise<Outcome> {
  const asked = task.options.size ?? settingsSchema.shape.size.parse(undefined);
  let current = task;
  let resumptions = 0;
  let painterMs = 0;
  for (;;) {
    const started = performance.now();
    let error: unknown;
    try {
      const painted = await painter.paint(current, { signal, onProgress });
      painterMs += performance.now() - started;
      const shrunk = current === task ? [] : [notEnoughMemory(asked, painted.size)];
      return {
        type: 'done',
        painterMs,
        result: { ...painted, painterMs, warnings: [...shrunk, ...painted.warnings] },
      };
    } catch (failure) {
      painterMs += performance.now() - started;
      error = failure;
    }
    const code = error instanceof ImpastoError && !signal.aborted ? error.code : undefined;
    if (code && PAINTER_LOST.includes(code) && resumptions < RESUMPTIONS) {
      resumptions += 1;
      onRetry(failureOf(error), undefined);
      continue;
    }
    const size = code === 'out-of-memory' && current === task ? sizeBelow(asked) : undefined;
    if (size === undefined) return { type: 'failed', painterMs, error };
    current = { ...task, options: { ...task.options, size } };
    // The checkpoint is of the painting that was too large.
    await painter.forget(task.jobId).catch(() => undefined);
    onRetry(failureOf(error), size);
  }
}

function notEnoughMemory(asked: number, size: number): string {
  return `There was not enough memory for ${asked} px; this is ${size} px.`;
}
