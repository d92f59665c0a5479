import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ImpastoError } from '../errors.ts';
import type { ConvName, ConvWeights, LoadWeights } from '../network.ts';
import { fromHalf } from './half.ts';
import { readVerified } from './verify.ts';

/** What the bundled file holds, in order. */
export interface CompactManifest {
  /** Beside the manifest. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly layers: readonly {
    readonly layer: ConvName;
    /** Shape of the kernel: height × width × in × out. */
    readonly kernel: readonly [3, 3, number, number];
    /** Whether a linear map, out × out, follows the bias. */
    readonly map: boolean;
  }[];
}

/** The sources and the build lie at the same depth below the package's root. */
const folder = new URL('../../../models/compact/', import.meta.url);

/**
 * The weights of the compact network, which come with Impasto. They are read and verified when first asked for.
 *
 * @param from - the folder that holds them, a URL that ends in '/'.
 * @returns throws ImpastoError `weights-missing`, `weights-corrupt`, `not-readable`
 */
export function compactWeights(from: URL = folder): LoadWeights {
  let layers: Promise<ReadonlyMap<ConvName, ConvWeights>> | undefined;
  return async (layer) => {
    layers ??= readLayers(from);
    const weights = (await layers).get(layer);
    if (weights) return weights;
    throw new ImpastoError('unknown-layer', `The compact network has no layer named ${layer}.`, {
      advice: 'Choose the layers “light”, or --network vgg19.',
    });
  };
}

async function readLayers(from: URL): Promise<ReadonlyMap<ConvName, ConvWeights>> {
  const manifest: CompactManifest = JSON.parse(readFileSync(new URL('manifest.json', from), 'utf8'));
  const { file, bytes, sha256 } = manifest;
  const path = fileURLToPath(new URL(file, from));
  const found = await readVerified(path, { file, bytes, sha256, gitBlobSha1: '' });
  if (found.state !== 'present') {
    throw new ImpastoError(`weights-${found.state}`, `${path} is ${found.state}.`, {
      advice: 'It is a part of Impasto: install Impasto again.',
    });
  }
  return split(fromHalf(found.bytes), manifest);
}

function split(values: Float32Array, { layers }: CompactManifest): ReadonlyMap<ConvName, ConvWeights> {
  let offset = 0;
  const take = (count: number) => {
    offset += count;
    return values.subarray(offset - count, offset);
  };
  return new Map(
    layers.map(({ layer, kernel: shape, map }) => {
      const [, , inputs, outputs] = shape;
      const kernel = take(9 * inputs * outputs);
      const bias = take(outputs);
      return [layer, { kernel, bias, ...(map && { map: take(outputs * outputs) }) }];
    }),
  );
}
