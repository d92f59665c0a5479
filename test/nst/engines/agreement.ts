import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/nst/engines/engine.ts';
import { onnxEngine } from '../../../src/nst/engines/onnx.ts';
import type { Picture } from '../../../src/nst/image/picture.ts';
import { COMPACT, type LayerName, type LoadWeights, type Network } from '../../../src/nst/network.ts';
import type { Pooling, Term } from '../../../src/nst/objective.ts';
import { compactWeights } from '../../../src/nst/weights/compact.ts';
import { randomValues, relativeError } from '../../support/numbers.ts';
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
      it('measures the same activations and Gram matrices', async () => {
        const request = { pooling, activations: LAYERS, grams: LAYERS };
        const [ours, theirs] = await both((each) => each.features(scene(3), request));
        for (const kind of ['activations', 'grams'] as const)
          for (const layer of LAYERS) {
            const [f, g] = [ours[kind].get(layer), theirs[kind].get(layer)] as Float32Array[];
            expect(f).toHaveLength((g as Float32Array).length);
            expect(relativeError(f as Float32Array, g as Float32Array)).toBeLessThan(TOLERANCE);
          }
      });

      const kinds: [string, (measured: Measured) => Term[]][] = [
        ['content', ({ layer, activation }) => [{ kind: 'content', layer, weight: 1, target: activation }]],
        ['style', ({ layer, gram }) => [{ kind: 'style', layer, weight: 1, target: gram }]],
        [
          'style under a mask',
          ({ layer, gram, activation }) => {
            const area = activation.length / Math.sqrt(gram.length);
            return [{ kind: 'style', layer, weight: 1, target: gram, mask: mask(area) }];
          },
        ],
        [
          'all of it, and total variation',
          ({ layer, activation, gram }) => [
            { kind: 'content', layer, weight: 1 / energy(activation), target: activation },
            { kind: 'style', layer, weight: 100 / energy(gram), target: gram },
            { kind: 'tv', weight: 10 },
          ],
        ],
      ];
      it.each(kinds)('finds the same values and gradient of %s', async (_kind, termsAt) => {
        await expectAgreement(pooling, (await measured(pooling)).flatMap(termsAt), scene(3));
      });

      it('shares the gradient alike among values that are equal', async () => {
        const terms = (await measured(pooling)).flatMap(({ layer, activation: target }): Term[] => [
          { kind: 'content', layer, weight: 1, target },
        ]);
        await expectAgreement(pooling, terms, flat);
      });
    });

    it('finds the same value and gradient of total variation alone', async () => {
      await expectAgreement('average', [{ kind: 'tv', weight: 1 }], scene(3));
    });

    async function measured(pooling: Pooling): Promise<Measured[]> {
      const request = { pooling, activations: LAYERS, grams: LAYERS };
      const { activations, grams } = await (reference as Engine).features(scene(2), request);
      return LAYERS.map((layer) => ({
        layer,
        activation: activations.get(layer) as Float32Array,
        gram: grams.get(layer) as Float32Array,
      }));
    }

    async function expectAgreement(pooling: Pooling, terms: readonly Term[], { rgb }: Picture) {
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
