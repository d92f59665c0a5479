import type { Failure } from '../../core/failures.ts';
import type { Painted, PaintProgress, PaintTask } from '../../core/task.ts';

/** What a painting process is told. It paints one task at a time and answers each with `painted` or `failed`. */
export type ToPainter =
  | { readonly type: 'paint'; readonly task: PaintTask }
  /** Stop the painting; ignored when there is none. */
  | { readonly type: 'stop' }
  /** Stop the painting, and end. */
  | { readonly type: 'close' };

/** What a painting process tells. */
export type FromPainter =
  /** It can be given tasks. */
  | { readonly type: 'ready' }
  /** It is at work, with nothing to show for it yet. */
  | { readonly type: 'active' }
  | { readonly type: 'progress'; readonly progress: PaintProgress }
  | {
      readonly type: 'painted';
      readonly painted: Painted;
      /** Whether another process should paint what comes next. */
      readonly retire: boolean;
    }
  | {
      readonly type: 'failed';
      readonly failure: Failure;
      /** The whole error, for the log. */
      readonly detail: string;
      readonly retire: boolean;
    };
