import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine } from '../../../src/nst/engines/engine.ts';
import {
  type ConvWeights,
  type LayerName,
  type LoadWeights,
  layersUpTo,
  type Network,
} from '../../../src/nst/network.ts';
import type { Objective, Pooling } from '../../../src/nst/objective.ts';
import { randomValues, relativeError } from '../../support/numbers.ts';
import { referenceObjective } from '../../support/reference.ts';
import { loadTinyWeights, TINY } from '../../support/tiny-network.ts';

/** Opens an engine of the kind under test. */
export type OpenEngine = (options: {
  readonly network: Network;
  readonly loadWeights: LoadWeights;
}) => Engine | Promise<Engine>;

const [width, height] = [16, 12];
const area = width * height;
const random = (seed: number, size = area) => randomValues(3 * size, seed).map((value) => 0.5 + value / 2);
const picture = (seed: number) => ({ width, height, rgb: random(seed) });

/** Linear maps through which the tiny network is seen at relu1_1 and relu2_1. */
const MAPS = new Map([
  ['conv1_1', randomValues(8 * 8, 21)],
  ['conv2_1', randomValues(12 * 12, 22)],
]);
const loadMappedWeights: LoadWeights = async (name, signal) => {
  const map = MAPS.get(name);
  return { ...(await loadTinyWeights(name, signal)), ...(map && { map }) };
};

/** What every engine must do, on pictures of a few pixels. */
export function describeEngine(name: string, open: OpenEngine): void {
  const opened = async (loadWeights = loadTinyWeights): Promise<Engine> => {
    const engine = await open({ network: TINY, loadWeights });
    onTestFinished(() => engine.dispose());
    return engine;
  };
  const compiled = async (engine: Engine, objective: Objective, sides = { width, height }) => {
    const evaluator = await engine.compile(objective, sides.width, sides.height);
    onTestFinished(() => evaluator.dispose());
    return evaluator;
  };

  describe(`the engine ${name}`, () => {
    it('says what it runs on, and for which network', async () => {
      expect(await opened()).toMatchObject({ name, network: TINY });
    });

    it.each<Pooling>(['average', 'max'])(
      'agrees with a double-precision reference of the whole objective to 1e-4, %s pooling',
      async (pooling) => {
        const engine = await opened();
        const style = { width: 20, height: 8, rgb: random(5, 160) };
        const styleLayers: LayerName[] = ['relu1_1', 'relu2_1', 'relu3_4'];
        const { grams } = await engine.features(style, { pooling, grams: styleLayers });
        const { activations } = await engine.features(picture(1), { pooling, activations: ['relu3_3'] });
        const target = (layer: LayerName) => grams.get(layer) as Float32Array;
        const content = activations.get('relu3_3') as Float32Array;
        const mask = randomValues(6 * 8, 9).map(Math.abs);
        const objective: Objective = {
          pooling,
          terms: [
            { kind: 'content', layer: 'relu3_3', weight: 2e-3, target: content },
            { kind: 'style', layer: 'relu1_1', weight: 1e-7, target: target('relu1_1') },
            { kind: 'style', layer: 'relu2_1', weight: 2e-7, target: target('relu2_1'), mask },
            { kind: 'style', layer: 'relu3_4', weight: 3e-7, target: target('relu3_4') },
            { kind: 'tv', weight: 5 },
          ],
        };
        const evaluator = await compiled(engine, objective);
        const result = await evaluator.evaluate(random(2));

        const layers = layersUpTo(TINY, ['relu3_4']);
        const weights = new Map<string, ConvWeights>();
        for (const layer of layers)
          if (layer.kind === 'conv') weights.set(layer.name, await loadTinyWeights(layer.name));
        const reference = referenceObjective(layers, weights, TINY.mean, objective, random(2), width, height);
        result.values.forEach((value, index) => {
          expect(relativeError([value], [reference.values[index] as number])).toBeLessThan(1e-4);
        });
        expect(relativeError(result.gradient, reference.gradient)).toBeLessThan(1e-4);
      },
    );

    it('finds no content loss and no style loss at the picture that the targets were measured on', async () => {
      const engine = await opened();
      const { activations, grams } = await engine.features(picture(3), {
        pooling: 'average',
        activations: ['relu2_2'],
        grams: ['relu2_1'],
      });
      const [content, style] = [activations.get('relu2_2'), grams.get('relu2_1')] as Float32Array[];
      const evaluator = await compiled(engine, {
        pooling: 'average',
        terms: [
          { kind: 'content', layer: 'relu2_2', weight: 1, target: content as Float32Array },
          { kind: 'style', layer: 'relu2_1', weight: 1, target: style as Float32Array },
        ],
      });
      const { values } = await evaluator.evaluate(random(3));
      expect(values[0]).toBeLessThan(1e-6);
      expect(values[1]).toBeLessThan(1e-2);
    });

    it('has a total variation of 1 for a checkerboard and of 1/2 for stripes', async () => {
      const objective: Objective = { pooling: 'average', terms: [{ kind: 'tv', weight: 1 }] };
      const evaluator = await compiled(await opened(), objective, { width: 8, height: 8 });
      const pattern = (value: (x: number, y: number) => number) =>
        Float32Array.from({ length: 192 }, (_, i) => value(i % 8, Math.floor(i / 8)));
      const checkerboard = await evaluator.evaluate(pattern((x, y) => (x + y) % 2));
      const stripes = await evaluator.evaluate(pattern((x) => x % 2));
      expect(checkerboard.values[0]).toBeCloseTo(1, 6);
      expect(stripes.values[0]).toBeCloseTo(0.5, 6);
    });

    it('leaves the picture and earlier results as they are', async () => {
      const objective: Objective = { pooling: 'average', terms: [{ kind: 'tv', weight: 1 }] };
      const evaluator = await compiled(await opened(), objective);
      const rgb = random(1);
      const first = await evaluator.evaluate(rgb);
      const before = structuredClone(first);
      await evaluator.evaluate(random(2));
      expect(first).toEqual(before);
      expect(rgb).toEqual(random(1));
    });

    it('gives mapped activations, and leaves what follows in the network as it is', async () => {
      const [plain, through] = [await opened(), await opened(loadMappedWeights)];
      const request = { pooling: 'average', activations: ['relu1_1', 'relu2_2'] } as const;
      const f = await plain.features(picture(4), request);
      const g = await through.features(picture(4), request);
      const [from, to] = [f.activations.get('relu1_1'), g.activations.get('relu1_1')] as Float32Array[];
      const map = MAPS.get('conv1_1') as Float32Array;
      const expected = Float32Array.from({ length: 8 * area }, (_, i) =>
        Array.from({ length: 8 }, (_, channel) => channel).reduce(
          (sum, channel) =>
            sum +
            (map[8 * Math.floor(i / area) + channel] as number) *
              (from?.[channel * area + (i % area)] as number),
          0,
        ),
      );
      expect(relativeError(to as Float32Array, expected)).toBeLessThan(1e-5);
      expect(g.activations.get('relu2_2')).toEqual(f.activations.get('relu2_2'));
    });

    it('has the gradient of losses seen through linear maps', async () => {
      const engine = await opened(loadMappedWeights);
      const { activations, grams } = await engine.features(picture(1), {
        pooling: 'average',
        activations: ['relu2_1'],
        grams: ['relu1_1'],
      });
      const [content, style] = [activations.get('relu2_1'), grams.get('relu1_1')] as Float32Array[];
      const evaluator = await compiled(engine, {
        pooling: 'average',
        terms: [
          { kind: 'content', layer: 'relu2_1', weight: 1e-3, target: content as Float32Array },
          { kind: 'style', layer: 'relu1_1', weight: 1e-8, target: style as Float32Array },
        ],
      });
      const loss = async (rgb: Float32Array) => {
        const { values } = await evaluator.evaluate(rgb);
        return 1e-3 * (values[0] as number) + 1e-8 * (values[1] as number);
      };
      const at = random(2);
      const { gradient } = await evaluator.evaluate(at);
      const slope = Math.hypot(...gradient);
      // Steps along the gradient, where the loss changes most against the rounding of its values.
      const step = 1e-2;
      const moved = (sign: number) =>
        at.map((value, i) => value + (sign * step * (gradient[i] as number)) / slope);
      const difference = (await loss(moved(1))) - (await loss(moved(-1)));
      expect(relativeError([difference / (2 * step)], [slope])).toBeLessThan(0.02);
    });

    it('refuses a layer that the network does not have', async () => {
      const engine = await opened();
      const measured = engine.features(picture(1), { pooling: 'average', activations: ['relu4_2'] });
      await expect(measured).rejects.toMatchObject({ code: 'unknown-layer' });
      const target = new Float32Array(1);
      const objective: Objective = {
        pooling: 'average',
        terms: [{ kind: 'content', layer: 'relu4_2', weight: 1, target }],
      };
      const made = engine.compile(objective, width, height);
      await expect(made).rejects.toMatchObject({ code: 'unknown-layer' });
    });

    it('heeds an abort', async () => {
      const engine = await opened();
      const signal = AbortSignal.abort();
      const measured = engine.features(picture(1), { pooling: 'average', grams: ['relu1_1'] }, signal);
      await expect(measured).rejects.toMatchObject({ code: 'aborted' });
      const objective: Objective = { pooling: 'average', terms: [{ kind: 'tv', weight: 1 }] };
      const made = engine.compile(objective, width, height, signal);
      await expect(made).rejects.toMatchObject({ code: 'aborted' });
    });

    it('passes on why weights could not be found, and asks for them again the next time', async () => {
      const failure = new Error('no such file');
      let failures = 1;
      const engine = await opened(async (layer, signal) => {
        if (failures-- > 0) throw failure;
        return loadTinyWeights(layer, signal);
      });
      const request = { pooling: 'average', activations: ['relu1_1'] } as const;
      await expect(engine.features(picture(1), request)).rejects.toBe(failure);
      expect((await engine.features(picture(1), request)).activations.size).toBe(1);
    });

    it('works on while another engine, and another evaluator of its own, are disposed of', async () => {
      const [engine, other] = [await opened(), await opened()];
      const request = { pooling: 'average', activations: ['relu2_1'], grams: ['relu1_1'] } as const;
      const features = await engine.features(picture(1), request);
      expect(await other.features(picture(1), request)).toEqual(features);
      const target = features.activations.get('relu2_1') as Float32Array;
      const objective: Objective = {
        pooling: 'average',
        terms: [{ kind: 'content', layer: 'relu2_1', weight: 1, target }],
      };
      const evaluator = await compiled(engine, objective);
      const [second, foreign] = [
        await engine.compile(objective, width, height),
        await other.compile(objective, width, height),
      ];
      const results = await Promise.all([evaluator, second, foreign].map((each) => each.evaluate(random(2))));
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).toEqual(results[0]);
      await second.dispose();
      await foreign.dispose();
      await other.dispose();
      expect(await evaluator.evaluate(random(2))).toEqual(results[0]);
      expect(await engine.features(picture(1), request)).toEqual(features);
    });
  });
}
