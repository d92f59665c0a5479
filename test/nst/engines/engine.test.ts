import { describe, expect, it } from 'vitest';
import { cachedEngine } from '../../../src/nst/engines/cached.ts';
import type { Engine } from '../../../src/nst/engines/engine.ts';
import { onnxEngine } from '../../../src/nst/engines/onnx.ts';
import { type ConvName, type ConvWeights, layersUpTo } from '../../../src/nst/network.ts';
import type { Objective, Pooling } from '../../../src/nst/objective.ts';
import { randomValues, relativeError } from '../../support/numbers.ts';
import { referenceObjective } from '../../support/reference.ts';
import { loadTinyWeights, TINY } from '../../support/tiny-network.ts';

const onnx = () => onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 });
const engines: { title: string; name: string; open: () => Engine }[] = [
  { title: 'onnx/cpu', name: 'onnx/cpu', open: onnx },
  { title: 'onnx/cpu with a memory', name: 'onnx/cpu', open: () => cachedEngine(onnx(), { maxBytes: 1e7 }) },
];
const [width, height] = [16, 12];
const picture = (seed: number) => randomValues(3 * width * height, seed).map((value) => 0.5 + value / 2);

/** The tiny network, seen through linear maps at relu1_1 and relu2_1. */
const R = { conv1_1: randomValues(64, 21), conv2_1: randomValues(144, 22) };
const throughMaps = () =>
  onnxEngine({
    network: TINY,
    loadWeights: async (name, signal) => {
      const map = R[name as keyof typeof R];
      return { ...(await loadTinyWeights(name, signal)), ...(map && { map }) };
    },
    threads: 1,
  });

describe('an engine whose network is seen through linear maps', () => {
  it('gives mapped activations, and leaves what follows in the network as it is', async () => {
    const [plain, through] = [onnx(), throughMaps()];
    const request = { pooling: 'average', activations: ['relu1_1', 'relu2_2'] } as const;
    const rgb = picture(4);
    const [f, g] = [
      await plain.features({ width, height, rgb }, request),
      await through.features({ width, height, rgb }, request),
    ];
    const [from, to] = [f.activations.get('relu1_1'), g.activations.get('relu1_1')] as Float32Array[];
    const area = width * height;
    const expected = Float32Array.from({ length: 8 * area }, (_, i) =>
      Array.from({ length: 8 }, (_, channel) => channel).reduce(
        (sum, channel) =>
          sum +
          (R.conv1_1[8 * Math.floor(i / area) + channel] as number) *
            (from?.[channel * area + (i % area)] as number),
        0,
      ),
    );
    expect(relativeError(to as Float32Array, expected)).toBeLessThan(1e-5);
    expect(g.activations.get('relu2_2')).toEqual(f.activations.get('relu2_2'));
    await plain.dispose();
    await through.dispose();
  });

  it('has the gradient of the mapped losses', async () => {
    const engine = throughMaps();
    const seen = { pooling: 'average', activations: ['relu2_1'], grams: ['relu1_1'] } as const;
    const { activations, grams } = await engine.features({ width, height, rgb: picture(1) }, seen);
    const objective: Objective = {
      pooling: 'average',
      terms: [
        {
          kind: 'content',
          layer: 'relu2_1',
          weight: 1e-3,
          target: activations.get('relu2_1') as Float32Array,
        },
        { kind: 'style', layer: 'relu1_1', weight: 1e-8, target: grams.get('relu1_1') as Float32Array },
      ],
    };
    const evaluator = await engine.compile(objective, width, height);
    const loss = ({ values }: { values: readonly number[] }) =>
      1e-3 * (values[0] as number) + 1e-8 * (values[1] as number);
    const at = picture(2);
    const { gradient } = await evaluator.evaluate(at);
    const slope = Math.hypot(...gradient);
    // Steps along the gradient, where the loss changes most against the rounding of its values.
    const step = 1e-2;
    const moved = (sign: number) =>
      at.map((value, i) => value + (sign * step * (gradient[i] as number)) / slope);
    const difference = loss(await evaluator.evaluate(moved(1))) - loss(await evaluator.evaluate(moved(-1)));
    expect(relativeError([difference / (2 * step)], [slope])).toBeLessThan(0.02);
    await evaluator.dispose();
    await engine.dispose();
  });
});

describe.each(engines)('the engine $title', ({ name, open }) => {
  it.each<Pooling>(['average', 'max'])(
    'agrees with a double-precision reference of the whole objective to 1e-4, %s pooling',
    async (pooling) => {
      const engine = open();
      const style = { width: 20, height: 8, rgb: randomValues(480, 5).map((value) => 0.5 + value / 2) };
      const { grams } = await engine.features(style, { pooling, grams: ['relu1_1', 'relu2_1', 'relu3_4'] });
      const { activations } = await engine.features(
        { width, height, rgb: picture(1) },
        { pooling, activations: ['relu3_3'] },
      );
      const mask = randomValues(6 * 8, 9).map(Math.abs);
      const objective: Objective = {
        pooling,
        terms: [
          {
            kind: 'content',
            layer: 'relu3_3',
            weight: 2e-3,
            target: activations.get('relu3_3') as Float32Array,
          },
          { kind: 'style', layer: 'relu1_1', weight: 1e-7, target: grams.get('relu1_1') as Float32Array },
          {
            kind: 'style',
            layer: 'relu2_1',
            weight: 2e-7,
            target: grams.get('relu2_1') as Float32Array,
            mask,
          },
          { kind: 'style', layer: 'relu3_4', weight: 3e-7, target: grams.get('relu3_4') as Float32Array },
          { kind: 'tv', weight: 5 },
        ],
      };
      const evaluator = await engine.compile(objective, width, height);
      const result = await evaluator.evaluate(picture(2));
      await evaluator.dispose();
      await engine.dispose();

      const layers = layersUpTo(TINY, ['relu3_4']);
      const weights = new Map<string, ConvWeights>();
      for (const layer of layers)
        if (layer.kind === 'conv') weights.set(layer.name, await loadTinyWeights(layer.name as ConvName));
      const reference = referenceObjective(layers, weights, TINY.mean, objective, picture(2), width, height);
      result.values.forEach((value, index) => {
        expect(relativeError([value], [reference.values[index] as number])).toBeLessThan(1e-4);
      });
      expect(relativeError(result.gradient, reference.gradient)).toBeLessThan(1e-4);
    },
  );

  it('finds no content loss and no style loss at the picture that the targets were measured on', async () => {
    const engine = open();
    const rgb = picture(3);
    const features = await engine.features(
      { width, height, rgb },
      { pooling: 'average', activations: ['relu2_2'], grams: ['relu2_1'] },
    );
    const objective: Objective = {
      pooling: 'average',
      terms: [
        {
          kind: 'content',
          layer: 'relu2_2',
          weight: 1,
          target: features.activations.get('relu2_2') as Float32Array,
        },
        { kind: 'style', layer: 'relu2_1', weight: 1, target: features.grams.get('relu2_1') as Float32Array },
      ],
    };
    const evaluator = await engine.compile(objective, width, height);
    const { values } = await evaluator.evaluate(rgb);
    expect(values[0]).toBeLessThan(1e-6);
    expect(values[1]).toBeLessThan(1e-2);
    await evaluator.dispose();
    await engine.dispose();
  });

  it('has a total variation of 1 for a checkerboard and of 1/2 for stripes', async () => {
    const engine = open();
    const objective: Objective = { pooling: 'average', terms: [{ kind: 'tv', weight: 1 }] };
    const evaluator = await engine.compile(objective, 8, 8);
    const pattern = (value: (x: number, y: number) => number) =>
      Float32Array.from({ length: 192 }, (_, i) => value(i % 8, Math.floor(i / 8)));
    const checkerboard = await evaluator.evaluate(pattern((x, y) => (x + y) % 2));
    const stripes = await evaluator.evaluate(pattern((x) => x % 2));
    expect(checkerboard.values[0]).toBeCloseTo(1, 6);
    expect(stripes.values[0]).toBeCloseTo(0.5, 6);
    await evaluator.dispose();
    await engine.dispose();
  });

  it('refuses a layer that the network does not have', async () => {
    const engine = open();
    const request = engine.features(
      { width, height, rgb: picture(1) },
      { pooling: 'average', activations: ['relu4_2'] },
    );
    await expect(request).rejects.toMatchObject({ code: 'unknown-layer' });
    await engine.dispose();
  });

  it(`calls itself ${name}`, () => expect(open().name).toBe(name));
});
