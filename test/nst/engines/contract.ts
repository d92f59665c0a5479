import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine } from '../../../src/nst/engines/engine.ts';
import type { Columns } from '../../../src/nst/graph/nearest.ts';
import type { Pooling } from '../../../src/nst/network.ts';
import {
  type ConvWeights,
  type LayerName,
  type LoadWeights,
  layersUpTo,
  type Network,
} from '../../../src/nst/network.ts';
import { randomValues, relativeError } from '../../support/numbers.ts';
import { referenceObjective } from '../../support/reference.ts';
import { type PlainTerm, termOf } from '../../support/terms.ts';
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
  const compiled = async (
    engine: Engine,
    terms: readonly PlainTerm[],
    { sides = { width, height }, pooling = 'average' as Pooling } = {},
  ) => {
    const evaluator = await engine.compile({ pooling, terms: terms.map(termOf) }, sides.width, sides.height);
    onTestFinished(() => evaluator.dispose());
    return evaluator;
  };
  /** Evaluates terms at a picture with an engine and with the reference, to 1e-4. */
  const expectReference = async (
    engine: Engine,
    terms: readonly PlainTerm[],
    rgb: Float32Array,
    options: { sides?: { width: number; height: number }; pooling?: Pooling } = {},
  ) => {
    const evaluator = await compiled(engine, terms, options);
    const result = await evaluator.evaluate(rgb);
    const { sides = { width, height }, pooling = 'average' } = options;
    const layers = layersUpTo(
      TINY,
      terms.flatMap((term) => termOf(term).layers),
    );
    const weights = new Map<string, ConvWeights>();
    for (const layer of layers)
      if (layer.kind === 'conv') weights.set(layer.name, await loadTinyWeights(layer.name));
    const objective = { pooling, terms };
    const reference = referenceObjective(
      layers,
      weights,
      TINY.mean,
      objective,
      rgb,
      sides.width,
      sides.height,
    );
    result.values.forEach((value, index) => {
      expect(relativeError([value], [reference.values[index] as number])).toBeLessThan(1e-4);
    });
    expect(relativeError(result.gradient, reference.gradient)).toBeLessThan(1e-4);
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
        const terms: PlainTerm[] = [
          { loss: 'content', layer: 'relu3_3', weight: 2e-3, target: content },
          { loss: 'gram', layer: 'relu1_1', weight: 1e-7, target: target('relu1_1') },
          { loss: 'gram', layer: 'relu2_1', weight: 2e-7, target: target('relu2_1'), mask },
          { loss: 'gram', layer: 'relu3_4', weight: 3e-7, target: target('relu3_4') },
          { loss: 'tv', weight: 5 },
        ];
        await expectReference(engine, terms, random(2), { pooling });
      },
    );

    it('agrees with it on places that are to be like others, of finer, equal and coarser layers together', async () => {
      const engine = await opened();
      const sides = { width: 24, height: 16 };
      const layers: LayerName[] = ['relu1_1', 'relu2_1', 'relu3_1', 'pool3'];
      const painting = { width: 16, height: 16, rgb: random(6, 256) };
      const { places } = await engine.features(painting, { pooling: 'average', places: layers });
      const candidates = new Map(
        [...places].map(([layer, { dimensions, count, data }]) => [
          layer,
          // The last candidate has no features.
          { dimensions, count, data: data.map((value, i) => ((i + 1) % count === 0 ? 0 : value)) },
        ]),
      );
      const indices = Float32Array.from({ length: 24 }, (_, place) => (7 * place) % 16);
      expect(indices).toContain(15);
      const importance = Float32Array.from({ length: 24 }, (_, place) => (place % 5) / 4);
      const terms: PlainTerm[] = [
        { loss: 'neighbour', weight: 2, candidates, indices },
        {
          loss: 'neighbour',
          weight: 3,
          candidates,
          indices: indices.toReversed(),
          importance,
          factors: new Map<LayerName, number>([['relu2_1', 0.7]]),
        },
      ];
      await expectReference(engine, terms, random(7, 384), { sides });
    });

    it('agrees with it on values beyond black and white', async () => {
      const rgb = random(2).map((value) => 3 * value - 1);
      await expectReference(await opened(), [{ loss: 'gamut', weight: 4 }], rgb);
    });

    it('finds nothing to ask for where no candidate has features', async () => {
      const candidates = new Map([['relu1_1', { dimensions: 8, count: 2, data: new Float32Array(16) }]]);
      const indices = new Float32Array(12);
      const evaluator = await compiled(await opened(), [
        { loss: 'neighbour', weight: 1, candidates: candidates as Map<LayerName, Columns>, indices },
      ]);
      const { values, gradient } = await evaluator.evaluate(random(2));
      expect(values).toEqual([0]);
      expect(gradient.every((value) => value === 0)).toBe(true);
    });

    it('finds no content loss and no style loss at the picture that the targets were measured on', async () => {
      const engine = await opened();
      const { activations, grams } = await engine.features(picture(3), {
        pooling: 'average',
        activations: ['relu2_2'],
        grams: ['relu2_1'],
      });
      const [content, style] = [activations.get('relu2_2'), grams.get('relu2_1')] as Float32Array[];
      const evaluator = await compiled(engine, [
        { loss: 'content', layer: 'relu2_2', weight: 1, target: content as Float32Array },
        { loss: 'gram', layer: 'relu2_1', weight: 1, target: style as Float32Array },
      ]);
      const { values } = await evaluator.evaluate(random(3));
      expect(values[0]).toBeLessThan(1e-6);
      expect(values[1]).toBeLessThan(1e-2);
    });

    it('has a total variation of 1 for a checkerboard and of 1/2 for stripes', async () => {
      const sides = { width: 8, height: 8 };
      const evaluator = await compiled(await opened(), [{ loss: 'tv', weight: 1 }], { sides });
      const pattern = (value: (x: number, y: number) => number) =>
        Float32Array.from({ length: 192 }, (_, i) => value(i % 8, Math.floor(i / 8)));
      const checkerboard = await evaluator.evaluate(pattern((x, y) => (x + y) % 2));
      const stripes = await evaluator.evaluate(pattern((x) => x % 2));
      expect(checkerboard.values[0]).toBeCloseTo(1, 6);
      expect(stripes.values[0]).toBeCloseTo(0.5, 6);
    });

    it('leaves the picture and earlier results as they are', async () => {
      const evaluator = await compiled(await opened(), [{ loss: 'tv', weight: 1 }]);
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

    it('gives mapped activations place by place: the mean over a place, or the position that it lies in', async () => {
      const engine = await opened(loadMappedWeights);
      const sides = { width: 24, height: 16 };
      const layers: LayerName[] = ['relu1_1', 'conv2_1', 'relu2_1', 'relu3_1', 'pool3'];
      const request = { pooling: 'average', activations: layers, places: layers } as const;
      const features = await engine.features({ ...sides, rgb: random(4, 384) }, request);
      for (const layer of layers) {
        const f = features.activations.get(layer) as Float32Array;
        const { dimensions, count, data } = features.places.get(layer) as Columns;
        expect(count).toBe(24);
        const step = Math.sqrt((24 * 16 * dimensions) / f.length);
        const columns = 24 / step;
        const expected = Float32Array.from({ length: dimensions * count }, (_, i) => {
          const [channel, place] = [Math.floor(i / count), i % count];
          const values: number[] = [];
          for (let y = 4 * Math.floor(place / 6); y < 4 * Math.floor(place / 6) + 4; y++)
            for (let x = 4 * (place % 6); x < 4 * (place % 6) + 4; x++)
              values.push(
                f[(channel * (16 / step) + Math.floor(y / step)) * columns + Math.floor(x / step)] as number,
              );
          return values.reduce((a, b) => a + b) / 16;
        });
        expect(relativeError(data, expected)).toBeLessThan(1e-5);
      }
    });

    it.each([
      [1, 7],
      [5, 1],
      [1024, 40],
      [1025, 3],
      [2300, 40],
    ])(
      'finds for each of %i queries the nearest of %i candidates, the first where several are',
      async (queries, candidates) => {
        // Small whole numbers, whose products are exact on any device and often equal.
        const columns = (count: number, seed: number): Columns => ({
          dimensions: 4,
          count,
          data: randomValues(4 * count, seed).map((value) => Math.round(2 * value)),
        });
        const [a, b] = [columns(queries, 1), columns(candidates, 2)];
        const before = structuredClone([a, b]);
        const { indices, similarities } = await (await opened()).nearest(a, b);
        const expected = Array.from({ length: queries }, (_, query) => {
          let best = { at: -1, product: Number.NEGATIVE_INFINITY };
          for (let at = 0; at < candidates; at++) {
            let product = 0;
            for (let d = 0; d < 4; d++)
              product += (a.data[d * queries + query] as number) * (b.data[d * candidates + at] as number);
            if (product > best.product) best = { at, product };
          }
          return best;
        });
        expect([...similarities]).toEqual(expected.map(({ product }) => product));
        expect([...indices]).toEqual(expected.map(({ at }) => at));
        expect([a, b]).toEqual(before);
      },
    );

    it('has the gradient of losses seen through linear maps', async () => {
      const engine = await opened(loadMappedWeights);
      const { activations, grams } = await engine.features(picture(1), {
        pooling: 'average',
        activations: ['relu2_1'],
        grams: ['relu1_1'],
      });
      const [content, style] = [activations.get('relu2_1'), grams.get('relu1_1')] as Float32Array[];
      const evaluator = await compiled(engine, [
        { loss: 'content', layer: 'relu2_1', weight: 1e-3, target: content as Float32Array },
        { loss: 'gram', layer: 'relu1_1', weight: 1e-8, target: style as Float32Array },
      ]);
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
      const made = compiled(engine, [{ loss: 'content', layer: 'relu4_2', weight: 1, target }]);
      await expect(made).rejects.toMatchObject({ code: 'unknown-layer' });
    });

    it('heeds an abort', async () => {
      const engine = await opened();
      const signal = AbortSignal.abort();
      const measured = engine.features(picture(1), { pooling: 'average', grams: ['relu1_1'] }, signal);
      await expect(measured).rejects.toMatchObject({ code: 'aborted' });
      const objective = { pooling: 'average', terms: [termOf({ loss: 'tv', weight: 1 })] } as const;
      const made = engine.compile(objective, width, height, signal);
      await expect(made).rejects.toMatchObject({ code: 'aborted' });
      const column = { dimensions: 1, count: 1, data: Float32Array.of(1) };
      await expect(engine.nearest(column, column, signal)).rejects.toMatchObject({ code: 'aborted' });
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
      const terms: PlainTerm[] = [{ loss: 'content', layer: 'relu2_1', weight: 1, target }];
      const evaluator = await compiled(engine, terms);
      const objective = { pooling: 'average', terms: terms.map(termOf) } as const;
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
