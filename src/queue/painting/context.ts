import type { Sources } from '../../nst/level.ts';
import type { StylizeSettings } from '../../nst/settings.ts';
import type { Attempt } from './attempt.ts';

/** What came of a task, before it is kept. */
export interface Work {
  /** PNG. */
  readonly picture: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Animated WebP. */
  readonly timelapse?: Uint8Array;
  readonly iterations: number;
  readonly warnings: readonly string[];
}

/** What there is to paint a task with. */
export interface Context {
  readonly attempt: Attempt;
  readonly sources: Sources;
  readonly settings: StylizeSettings;
  readonly version: string;
}
