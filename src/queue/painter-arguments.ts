/** What the process that starts a painter tells it, beside the configuration that both read. */
export interface PainterArguments {
  readonly picturesFolder: string;
  readonly checkpointFolder: string;
  /** Milliseconds between two checkpoints. */
  readonly checkpointMs: number;
  /** Width × height of a picture that is decoded, at most. */
  readonly maxPixels: number;
}

/** As the arguments of a command line; {@link readPainterArguments} is the inverse. */
export function painterArguments(values: PainterArguments): string[] {
  return [JSON.stringify(values)];
}

/** @param argv - as process.argv */
export function readPainterArguments(argv: readonly string[]): PainterArguments {
  return JSON.parse(argv[2] as string);
}
