import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/nst/engines/engine.ts';
import { onnxEngine } from '../../../src/nst/engines/onnx.ts';
import type { Columns } from '../../../src/nst/graph/nearest.ts';
import type { Picture } from '../../../src/nst/image/picture.ts';
import { stack, turnIntoDirections } from '../../../src/nst/matching.ts';
import type { Pooling } from '../../../src/nst/network.ts';
import { COMPACT, type LayerName, type LoadWeights, type Network } from '../../../src/nst/network.ts';
import { compactWeights } from '../../../src/nst/weights/compact.ts';
import { randomValues, relativeError } from '../../support/numbers.ts';
import { type PlainTerm, termOf } from '../../support/terms.ts';
import { loadTinyWeights, TINY } from '../../support/tiny-network.ts';
import type { OpenEngine } from './contract.ts';

const [width, height] = [48, 32];
const TOLERANCE = 1e-3;
const LAYERS: readonly LayerName[] = ['conv1_1', 'relu1_1', 'relu2_1', 'pool2', 'relu3_3', 'relu3_4'];

const networks: [string, { network: Network; loadWeights: LoadWeights }][] = [
  ['the compact network, seen through its maps', { network: COMPACT, loadWeights: compactWeights() }],
  ['a random network', { network: TINY, loadWeights: loadTinyWeights }],
];
/**
 * A rectifier whose input is within rounding of 0 can open on one engine only, and alone shifts the gradient by some
 * 1e-3. In the pictures of seeds 2 and 3 none is known to.
 */
const scene = (seed: number): Picture => ({
  width,
  height,
  rgb: randomValues(3 * width * height, seed).map(
    (noise, i) => 0.5 + 0.3 * Math.sin(seed + (i % width) / 5 + i / (7 * width)) + noise / 5,
  ),
});
/** One colour: all values of a window are equal, but at the borders. */
const flat: Picture = { width, height, rgb: new Float32Array(3 * width * height).fill(0.7) };
const mask = (area: number) => Float32Array.from({ length: area }, (_, i) => (i % 5) / 4);

/** What onnx/cpu measured at a layer of another picture. */
interface Measured {
  readonly layer: LayerName;
  readonly activation: Float32Array;
  readonly gram: Float32Array;
  readonly places: Columns;
}

/** Holds an engine to onnx/cpu, with the bundled network and pictures as large as thumbnails. */
export function describeAgreement(name: string, open: OpenEngine): void {
  describe.each(networks)(`${name} beside onnx/cpu, with %s`, (_title, { network, loadWeights }) => {
    let [engine, reference]: Engine[] = [];
    beforeAll(async () => {
      engine = await open({ network, loadWeights });
      reference = onnxEngine({ network, loadWeights, threads: 1 });
    });
    afterAll(async () => {
      await engine?.dispose();
      await reference?.dispose();
    });
    const both = <T>(work: (engine: Engine) => Promise<T>) =>
      Promise.all([engine as Engine, reference as Engine].map(work)) as Promise<[T, T]>;

    describe.each<Pooling>(['average', 'max'])('%s pooling', (pooling) => {
      it('measures the same activations, Gram matrices and places', async () => {
        const request = { pooling, activations: LAYERS, grams: LAYERS, places: LAYERS };
        const [ours, theirs] = await both((each) => each.features(scene(3), request));
        for (const kind of ['activations', 'grams'] as const)
          for (const layer of LAYERS) {
            const [f, g] = [ours[kind].get(layer), theirs[kind].get(layer)] as Float32Array[];
            expect(f).toHaveLength((g as Float32Array).length);
            expect(relativeError(f as Float32Array, g as Float32Array)).toBeLessThan(TOLERANCE);
          }
        for (const layer of LAYERS) {
          const [p, q] = [ours.places.get(layer), theirs.places.get(layer)] as [Columns, Columns];
          expect({ ...p, data: undefined }).toEqual({ ...q, data: undefined });
          expect(relativeError(p.data, q.data)).toBeLessThan(TOLERANCE);
        }
      });

      const kinds: [string, (measured: Measured) => PlainTerm[]][] = [
        ['content', ({ layer, activation }) => [{ loss: 'content', layer, weight: 1, target: activation }]],
        ['style', ({ layer, gram }) => [{ loss: 'gram', layer, weight: 1, target: gram }]],
        [
          'style under a mask',
          ({ layer, gram, activation }) => {
            const area = activation.length / Math.sqrt(gram.length);
            return [{ loss: 'gram', layer, weight: 1, target: gram, mask: mask(area) }];
          },
        ],
        [
          'all of it, and total variation',
          ({ layer, activation, gram }) => [
            { loss: 'content', layer, weight: 1 / energy(activation), target: activation },
            { loss: 'gram', layer, weight: 100 / energy(gram), target: gram },
            { loss: 'tv', weight: 10 },
          ],
        ],
      ];
      it.each(kinds)('finds the same values and gradient of %s', async (_kind, termsAt) => {
        await expectAgreement(pooling, (await measured(pooling)).flatMap(termsAt), scene(3));
      });

      it('shares the gradient alike among values that are equal', async () => {
        const terms = (await measured(pooling)).map(
          ({ layer, activation: target }): PlainTerm => ({ loss: 'content', layer, weight: 1, target }),
        );
        await expectAgreement(pooling, terms, flat);
      });

      it('finds the same value and gradient of places that are to be like others', async () => {
        const candidates = new Map((await measured(pooling)).map(({ layer, places }) => [layer, places]));
        const count = (width * height) / 16;
        const indices = Float32Array.from({ length: count }, (_, place) => (29 * place) % count);
        const importance = mask(count);
        const terms: PlainTerm[] = [{ loss: 'neighbour', weight: 1, candidates, indices, importance }];
        await expectAgreement(pooling, terms, scene(3));
      });
    });

    it.each(['tv', 'gamut'] as const)('finds the same value and gradient of %s alone', async (loss) => {
      const { rgb, ...sides } = scene(3);
      const contrasty = { ...sides, rgb: rgb.map((value) => 2 * value - 0.5) };
      await expectAgreement('average', [{ loss, weight: 1 }], contrasty);
    });

    it('finds the same places to be nearest, or others that are as near', async () => {
      const request = { pooling: 'average', places: LAYERS } as const;
      const directions = async (seed: number) => {
        const { places } = await (reference as Engine).features(scene(seed), request);
        return turnIntoDirections(stack(LAYERS.map((layer) => places.get(layer) as Columns)));
      };
      const [queries, candidates] = [await directions(3), await directions(2)];
      const [ours, theirs] = await both((each) => each.nearest(queries, candidates));
      expect(relativeError(ours.similarities, theirs.similarities)).toBeLessThan(TOLERANCE);
      const products = ours.indices.map((index, query) => {
        let product = 0;
        for (let d = 0; d < queries.dimensions; d++)
          product +=
            (queries.data[d * queries.count + query] as number) *
            (candidates.data[d * candidates.count + index] as number);
        return product;
      });
      expect(relativeError(products, theirs.similarities)).toBeLessThan(TOLERANCE);
    });

    async function measured(pooling: Pooling): Promise<Measured[]> {
      const request = { pooling, activations: LAYERS, grams: LAYERS, places: LAYERS };
      const { activations, grams, places } = await (reference as Engine).features(scene(2), request);
      return LAYERS.map((layer) => ({
        layer,
        activation: activations.get(layer) as Float32Array,
        gram: grams.get(layer) as Float32Array,
        places: places.get(layer) as Columns,
      }));
    }

    async function expectAgreement(pooling: Pooling, plain: readonly PlainTerm[], { rgb }: Picture) {
      const terms = plain.map(termOf);
      const [ours, theirs] = await both(async (each) => {
        const evaluator = await each.compile({ pooling, terms }, width, height);
        try {
          return await evaluator.evaluate(rgb);
        } finally {
          await evaluator.dispose();
        }
      });
      ours.values.forEach((value, index) => {
        expect(relativeError([value], [theirs.values[index] as number])).toBeLessThan(TOLERANCE);
      });
      expect(relativeError(ours.gradient, theirs.gradient)).toBeLessThan(TOLERANCE);
    }
  });
}

function energy(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value ** 2, 0);
}
