import type { ErrorCode } from '../nst/errors.ts';
import type { Painted, PaintProgress, PaintTask } from './task.ts';

/** Hooks into a painting that runs. */
export interface PaintHooks {
  /** Stops the painting; its promise then rejects with ImpastoError `aborted`. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PaintProgress) => void;
}

/** Codes of the errors by which a painter was lost, not a task refused: another process may go on. */
export const PAINTER_LOST: readonly ErrorCode[] = ['painter-crashed', 'painter-stuck'];

/** Something that paints one task at a time. */
export interface Painter {
  /**
   * Paints a task, from its last checkpoint where there is one.
   *
   * @throws ImpastoError `painter-crashed`, `painter-stuck`, `out-of-memory`, `aborted`, `picture-gone`, and what
   *   stylize() throws
   */
  paint(task: PaintTask, hooks: PaintHooks): Promise<Painted>;
  /** Removes what is kept for going on with a job; to be called when the job's end is on record. */
  forget(jobId: string): Promise<void>;
  /** Ends the painter; a painting that runs leaves a checkpoint where it can. */
  close(): Promise<void>;
}
