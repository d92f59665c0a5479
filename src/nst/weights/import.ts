import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stopIfAborted } from '../abort.ts';
import { ImpastoError } from '../errors.ts';
import type { ConvName } from '../network.ts';
import { writing } from './failures.ts';
import { type Manifest, pathIn, type WeightFile } from './manifest.ts';
import { placeBytes } from './partial.ts';
import { readVerified } from './verify.ts';

/**
 * Copies the layers that `folder` (or `vgg19/` in it) holds in full into a models folder. All of them are verified
 * before the first is copied, and each file appears complete or not at all.
 *
 * @returns the layers that the folder holds, in the network's order
 * @throws ImpastoError `missing-file`, `weights-missing` when the folder holds no layer, `weights-corrupt`,
 *   `not-readable`, `disk-full`, `not-writable`, `aborted`
 */
export async function importLayers(
  folder: string,
  modelsFolder: string,
  manifest: Manifest,
  signal: AbortSignal | undefined,
): Promise<ConvName[]> {
  const stats = await stat(folder).catch(() => undefined);
  if (!stats?.isDirectory())
    throw new ImpastoError('missing-file', `There is no folder ${folder}.`, {
      advice: 'Name the folder that holds group1-shard1of1 and the files that follow it.',
    });

  const whole: { layer: ConvName; files: { file: WeightFile; path: string }[] }[] = [];
  for (const { layer, shards } of manifest.layers) {
    const files: { file: WeightFile; path: string }[] = [];
    for (const file of shards) {
      const path = await locate(folder, file);
      if (path !== undefined) files.push({ file, path });
    }
    if (files.length === shards.length) whole.push({ layer, files });
  }
  if (whole.length === 0)
    throw new ImpastoError('weights-missing', `${folder} holds no layer of VGG-19.`, {
      advice: `The files of the first layer are named ${manifest.layers[0]?.shards.map(({ file }) => file).join(', ')}.`,
    });

  for (const { file, path } of whole.flatMap(({ files }) => files)) {
    stopIfAborted(signal);
    await copy(path, pathIn(modelsFolder, file), file);
  }
  return whole.map(({ layer }) => layer);
}

async function locate(folder: string, file: WeightFile): Promise<string | undefined> {
  for (const path of [pathIn(folder, file), join(folder, file.file)]) {
    const { state } = await readVerified(path, file);
    if (state === 'present') return path;
    if (state === 'corrupt') throw damaged(path);
  }
  return undefined;
}

async function copy(from: string, target: string, file: WeightFile): Promise<void> {
  if ((await readVerified(target, file)).state === 'present') return;
  const source = await readVerified(from, file);
  if (source.state !== 'present') throw damaged(from);
  await writing(target, async () => {
    await mkdir(dirname(target), { recursive: true });
    await placeBytes(source.bytes, target, file);
  });
}

function damaged(path: string): ImpastoError {
  return new ImpastoError('weights-corrupt', `${path} is not the file that was expected.`, {
    advice: 'Get this file again from where the folder came from.',
  });
}
