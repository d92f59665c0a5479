import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ImpastoError } from '../errors.ts';
import type { ConvName } from '../network.ts';

/** One file of weights, as its source offers it. */
export interface WeightFile {
  /** Name below the source's base URL, and in a models folder. */
  readonly file: string;
  /** Size in bytes. */
  readonly bytes: number;
  /** SHA-1, in hexadecimal, of `blob <bytes>\0` followed by the file: the name that git gives it. */
  readonly gitBlobSha1: string;
  /** SHA-256 in hexadecimal, where known. */
  readonly sha256?: string;
}

/** The weights of one layer: its files joined in order hold the kernel, then the bias, as little-endian float32. */
export interface LayerEntry {
  readonly layer: ConvName;
  /** Shape of the kernel: height × width × in × out. */
  readonly kernel: readonly [3, 3, number, number];
  readonly shards: readonly WeightFile[];
}

/** Where a network's weights come from and how each file is recognised. */
export interface Manifest {
  /** Base URL of the files; ends in '/'. */
  readonly source: string;
  /** In the order in which the network applies them. */
  readonly layers: readonly LayerEntry[];
}

/** The manifest of VGG-19. The sources and the build lie at the same depth below the package's root. */
export const vgg19: Manifest = JSON.parse(
  readFileSync(new URL('../../../models/vgg19/manifest.json', import.meta.url), 'utf8'),
);

/**
 * The layers that a picture passes through on its way to `deepest`, which is the last of them.
 *
 * @throws ImpastoError `unknown-layer`
 */
export function layersTo(deepest: string, manifest: Manifest = vgg19): readonly LayerEntry[] {
  const depth = manifest.layers.findIndex(({ layer }) => layer === deepest);
  if (depth < 0)
    throw new ImpastoError('unknown-layer', `VGG-19 has no layer named ${deepest}.`, {
      advice: `Choose one of ${manifest.layers.map(({ layer }) => layer).join(', ')}.`,
    });
  return manifest.layers.slice(0, depth + 1);
}

/** The size of some layers' weights, in bytes. */
export function bytesOf(layers: readonly LayerEntry[]): number {
  return layers.flatMap(({ shards }) => shards).reduce((total, { bytes }) => total + bytes, 0);
}

/** The place of a file in a models folder. */
export function pathIn(folder: string, { file }: WeightFile): string {
  return join(folder, 'vgg19', file);
}
