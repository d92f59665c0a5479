import { existsSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readSources } from '../../src/cli/sources.ts';
import { encodePicture } from '../../src/nst/image/encode.ts';
import type { Networks } from '../../src/nst/networks.ts';
import { parseSettings, type StylizeOptions } from '../../src/nst/settings.ts';
import { stylize } from '../../src/nst/stylize.ts';
import type { Pair } from '../pairs.ts';
import { config } from '../support.ts';

/** A way to paint, whose results lie in a folder as TITLE.png. */
export interface Variant {
  readonly name: string;
  readonly folder: string;
  /** How to paint what is not in the folder; nothing is painted without. */
  readonly options?: StylizeOptions;
}

/** The file of a variant's result. */
export function resultFile({ folder }: Variant, { title }: Pair): string {
  return path.join(folder, `${title}.png`);
}

/**
 * Paints a pair as the command line would.
 *
 * @param reuse - whether a result that is there is kept: it is for the caller to know that it fits.
 * @returns the seconds that the painting took, or undefined where nothing was painted.
 * @throws Error where there is neither a result nor a way to paint it.
 */
export async function paint(
  variant: Variant,
  pair: Pair,
  networks: Networks,
  reuse: boolean,
): Promise<number | undefined> {
  const { folder, options } = variant;
  const file = resultFile(variant, pair);
  if (existsSync(file) && (reuse || options === undefined)) return undefined;
  if (options === undefined) throw new Error(`${variant.name} has no ${file}.`);
  const settings = parseSettings(options, 1);
  const files = { content: pair.content, styles: [pair.style], init: undefined, mask: undefined };
  const sources = await readSources(files, settings, { config, stderr: process.stderr });
  const { engine } = await networks.choose(settings);
  const { picture, elapsedMs, warnings } = await stylize(sources, options, { engine });
  for (const warning of warnings) process.stderr.write(`${pair.title}, ${variant.name}: ${warning}\n`);
  mkdirSync(folder, { recursive: true });
  await writeFile(file, await encodePicture(picture, { format: 'png' }));
  return elapsedMs / 1000;
}
