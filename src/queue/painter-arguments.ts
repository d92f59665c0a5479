/** What the process that starts a painter tells it, beside the configuration that both read. */
export interface PainterArguments<Place> {
  /** Where pictures and checkpoints are, in the words of whoever opens it; no secrets: others see a command line. */
  readonly place: Place;
  /** Milliseconds between two checkpoints. */
  readonly checkpointMs: number;
  /** Width × height of a picture that is decoded, at most. */
  readonly maxPixels: number;
}

/** As the arguments of a command line; {@link readPainterArguments} is the inverse. */
export function painterArguments<Place>(values: PainterArguments<Place>): string[] {
  return [JSON.stringify(values)];
}

/** @param argv - as process.argv */
export function readPainterArguments<Place>(argv: readonly string[]): PainterArguments<Place> {
  return JSON.parse(argv[2] as string);
}
