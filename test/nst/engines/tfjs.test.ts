import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { onnxEngine } from '../../../src/nst/engines/onnx.ts';
import { openBackend } from '../../../src/nst/engines/tfjs/backend.ts';
import { tfjsEngine } from '../../../src/nst/engines/tfjs.ts';
import { ImpastoError } from '../../../src/nst/errors.ts';
import type { Columns } from '../../../src/nst/graph/nearest.ts';
import type { Picture } from '../../../src/nst/image/picture.ts';
import { totalVariationTerm } from '../../../src/nst/losses/total-variation.ts';
import type { Network } from '../../../src/nst/network.ts';
import { stylize } from '../../../src/nst/stylize.ts';
import { randomValues, relativeError } from '../../support/numbers.ts';
import { scene } from '../../support/scene.ts';
import { type PlainTerm, termOf } from '../../support/terms.ts';
import { loadTinyWeights, TINY } from '../../support/tiny-network.ts';
import { describeAgreement } from './agreement.ts';
import { describeEngine, type OpenEngine } from './contract.ts';

const open: OpenEngine = (options) => tfjsEngine({ ...options, backend: 'wasm' });

describeEngine('tfjs/wasm', open);
describeAgreement('tfjs/wasm', open);

const onLibrary = await openBackend('tensorflow').catch((error: ImpastoError) => error);
if (onLibrary instanceof ImpastoError) {
  it.skip(`tfjs/tensorflow, skipped: ${onLibrary.message}`, () => {});
} else {
  describeEngine('tfjs/tensorflow', tfjsEngine);
  describeAgreement('tfjs/tensorflow', tfjsEngine);
}

const [width, height] = [16, 12];
const area = width * height;
const rgb = (seed: number) => randomValues(3 * area, seed).map((value) => 0.5 + value / 2);
const openTiny = () => open({ network: TINY, loadWeights: loadTinyWeights });
const seen = {
  pooling: 'max',
  activations: ['relu3_3'],
  grams: ['relu1_1'],
  places: ['relu2_1'],
} as const;

/** An objective with every kind of term, and what is measured for it. */
async function compileAll(engine: Awaited<ReturnType<typeof openTiny>>) {
  const { activations, grams, places } = await engine.features({ width, height, rgb: rgb(1) }, seen);
  const [content, style] = [activations.get('relu3_3'), grams.get('relu1_1')] as [Float32Array, Float32Array];
  const terms: PlainTerm[] = [
    { loss: 'content', layer: 'relu3_3', weight: 1, target: content },
    { loss: 'gram', layer: 'relu1_1', weight: 1, target: style, mask: randomValues(area, 3) },
    { loss: 'neighbour', weight: 1, candidates: places, indices: new Float32Array(area / 16) },
    { loss: 'tv', weight: 1 },
    { loss: 'gamut', weight: 1 },
  ];
  return engine.compile({ pooling: 'max', terms: terms.map(termOf) }, width, height);
}

describe('what an engine on TensorFlow.js holds', () => {
  it('does not grow over 100 evaluations, and is gone when all is disposed of', async () => {
    const tf = await openBackend('wasm');
    const before = tf.memory().numTensors;
    const engine = await openTiny();
    const evaluator = await compileAll(engine);
    const compiled = tf.memory().numTensors;
    for (let i = 0; i < 100; i++) await evaluator.evaluate(rgb(i));
    expect(tf.memory().numTensors).toBe(compiled);
    await evaluator.dispose();
    await engine.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is only the weights between objectives', async () => {
    const tf = await openBackend('wasm');
    const engine = await openTiny();
    onTestFinished(() => engine.dispose());
    await (await compileAll(engine)).dispose();
    const between = tf.memory().numTensors;
    await (await compileAll(engine)).dispose();
    const { places } = await engine.features({ width, height, rgb: rgb(1) }, seen);
    const columns = places.get('relu2_1') as Columns;
    await engine.nearest(columns, columns);
    expect(tf.memory().numTensors).toBe(between);
  });

  it('does not grow by an evaluation that fails', async () => {
    const tf = await openBackend('wasm');
    const engine = await openTiny();
    onTestFinished(() => engine.dispose());
    const evaluator = await compileAll(engine);
    onTestFinished(() => evaluator.dispose());
    const compiled = tf.memory().numTensors;
    const failed = evaluator.evaluate(new Float32Array(7));
    await expect(failed).rejects.toMatchObject({ code: 'engine-failed' });
    expect(tf.memory().numTensors).toBe(compiled);
    expect((await evaluator.evaluate(rgb(2))).values).toHaveLength(5);
  });
});

describe('an engine on WebAssembly', () => {
  // Channels of 1 MiB each: nearly 4 GiB, which WebAssembly cannot have beside the rest, and more than 4 GiB.
  it.each([4095, 4100])('says that memory is short, and works on, with %i channels', async (channels) => {
    const network: Network = { name: 'wide', blocks: [[channels]], mean: [0, 0, 0] };
    const loadWeights = async () => ({
      kernel: new Float32Array(27 * channels),
      bias: new Float32Array(channels),
    });
    const [wide, tiny] = [await open({ network, loadWeights }), await openTiny()];
    onTestFinished(() => wide.dispose());
    onTestFinished(() => tiny.dispose());
    const small = { width, height, rgb: rgb(1) };
    const expected = await tiny.features(small, seen);
    const picture: Picture = { width: 512, height: 512, rgb: new Float32Array(3 * 512 * 512) };
    const measured = wide.features(picture, { pooling: 'average', grams: ['conv1_1'] });
    await expect(measured).rejects.toMatchObject({ code: 'out-of-memory' });
    expect(await tiny.features(small, seen)).toEqual(expected);
  });

  it('adds up millions of numbers without losing digits', async () => {
    const side = 1024;
    const noise = randomValues(3 * side * side, 1);
    const engine = await openTiny();
    onTestFinished(() => engine.dispose());
    const evaluator = await engine.compile({ pooling: 'max', terms: [totalVariationTerm(1)] }, side, side);
    onTestFinished(() => evaluator.dispose());
    let [sum, pairs] = [0, 0];
    const visit = (a: number, b: number) => {
      sum += ((noise[a] as number) - (noise[b] as number)) ** 2;
      pairs += 1;
    };
    for (let i = 0; i < noise.length; i++) {
      if (i % side < side - 1) visit(i, i + 1);
      if (Math.floor(i / side) % side < side - 1) visit(i, i + side);
    }
    const { values } = await evaluator.evaluate(noise);
    expect(relativeError(values, [sum / pairs])).toBeLessThan(1e-6);
  });

  it('computes there when another backend has become the current one', async () => {
    const tf = await openBackend('wasm');
    const engine = await openTiny();
    onTestFinished(() => engine.dispose());
    const small = { width, height, rgb: rgb(1) };
    const expected = await engine.features(small, seen);
    tf.registerBackend('none', () => Object.assign(new tf.KernelBackend(), { dispose: () => {} }));
    onTestFinished(() => tf.removeBackend('none'));
    await tf.setBackend('none');
    expect(await engine.features(small, seen)).toEqual(expected);
  });

  it('paints to the loss that onnx/cpu comes to', async () => {
    const engines = [
      await openTiny(),
      onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 }),
    ];
    const losses: number[] = [];
    for (const engine of engines) {
      onTestFinished(() => engine.dispose());
      let loss = Number.NaN;
      const { iterations } = await stylize(
        { content: scene(64, 64, 0), styles: [scene(64, 64, 2)] },
        { size: 64, minSize: 32, iterations: 30 },
        {
          engine,
          onProgress: (progress) => {
            loss = progress.loss.total;
          },
        },
      );
      expect(iterations).toBe(30);
      losses.push(loss);
    }
    const [ours, theirs] = losses as [number, number];
    expect(relativeError([ours], [theirs])).toBeLessThan(0.01);
  });
});

describe('opening a backend of TensorFlow.js', () => {
  /** A folder in which packages of these names have been installed, with this code. */
  async function packages(code: Record<string, string>): Promise<NodeJS.Require> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-packages-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    for (const [name, text] of Object.entries(code)) {
      await mkdir(path.join(folder, 'node_modules', name), { recursive: true });
      await writeFile(path.join(folder, 'node_modules', name, 'index.js'), text);
    }
    return createRequire(path.join(folder, 'index.js'));
  }
  const stub = (title: string) =>
    `module.exports = { title: '${title}', setBackend: async (name) => name === 'tensorflow' };`;

  it.each(['tensorflow', 'wasm'] as const)('says how to install %s where it is missing', async (backend) => {
    const opened = openBackend(backend, await packages({}));
    await expect(opened).rejects.toMatchObject({
      code: 'engine-missing',
      advice: expect.stringMatching(/npm install --no-save --save-prod @tensorflow\/tfjs-[\w-]+@\d/),
    });
  });

  it('prefers the GPU’s package, and takes the CPU’s where that is all there is', async () => {
    const both = await packages({
      '@tensorflow/tfjs-node': stub('CPU'),
      '@tensorflow/tfjs-node-gpu': stub('GPU'),
    });
    expect(await openBackend('tensorflow', both)).toMatchObject({ title: 'GPU' });
    const one = await packages({ '@tensorflow/tfjs-node': stub('CPU') });
    expect(await openBackend('tensorflow', one)).toMatchObject({ title: 'CPU' });
  });

  it.each([
    ['throws', 'throw new Error("libtensorflow.so.2: cannot open shared object file")'],
    ['lacks the backend', 'module.exports = { setBackend: async () => false };'],
  ])('says that a package is broken when it %s', async (_how, code) => {
    const opened = openBackend('tensorflow', await packages({ '@tensorflow/tfjs-node': code }));
    await expect(opened).rejects.toMatchObject({
      code: 'engine-failed',
      advice: expect.stringContaining('npm install --no-save --save-prod @tensorflow/tfjs-node@'),
      cause: expect.any(Error),
    });
  });
});
