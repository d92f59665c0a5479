import type { EngineKind } from '../../nst/engines/kinds.ts';
import type { WeightsOptions } from '../../nst/weights/store.ts';

/** What the process that starts a painter tells it; a painter reads no configuration, which has secrets. */
export interface PainterArguments<Place> {
  /** Where pictures and checkpoints are, in the words of whoever opens it; no secrets: others see a command line. */
  readonly place: Place;
  /** Milliseconds between two checkpoints. */
  readonly checkpointMs: number;
  /** Threads for one evaluation; default all cores. */
  readonly threads?: number | undefined;
  /** Where weights are looked for, and fetched from. */
  readonly weights: Pick<WeightsOptions, 'folders' | 'cacheFolder' | 'source'>;
  /** What to paint with: the first, and the next where one fails. */
  readonly engines: readonly [EngineKind, ...EngineKind[]];
  /** What to say with every painting. */
  readonly warnings?: readonly string[];
}

/** As the arguments of a command line; {@link readPainterArguments} is the inverse. */
export function painterArguments<Place>(values: PainterArguments<Place>): string[] {
  return [JSON.stringify(values)];
}

/** @param argv - as process.argv */
export function readPainterArguments<Place>(argv: readonly string[]): PainterArguments<Place> {
  return JSON.parse(argv[2] as string);
}
