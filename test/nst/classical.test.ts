import { afterAll, describe, expect, it } from 'vitest';
import { onnxEngine } from '../../src/nst/engines/onnx.ts';
import type { StylizeOptions } from '../../src/nst/settings.ts';
import { stylize } from '../../src/nst/stylize.ts';
import { relativeError } from '../support/numbers.ts';
import { scene } from '../support/scene.ts';
import { loadTinyWeights, TINY } from '../support/tiny-network.ts';

const engine = onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 });
afterAll(() => engine.dispose());

/** What the program painted before it knew other methods than that of Gram matrices. */
const RECORDED: [string, StylizeOptions, { loss: Record<string, number>; values: number[] }][] = [
  [
    'with weights relative to the targets',
    { contentWeight: 1, styleWeight: 100, tvWeight: 30 },
    {
      loss: { content: 0.1108023, gram: 0.1832723, tv: 0.1817985 },
      values: [0.364426, 0.17632, 0.741382, 0.574401, 0, 0.462127, 0.396467, 0.668954],
    },
  ],
  [
    'with the paper’s sums, from noise, with Adam',
    {
      normalization: 'gatys',
      contentWeight: 1e-3,
      styleWeight: 1,
      tvWeight: 0,
      init: 'noise',
      seed: 3,
      optimizer: 'adam',
    },
    {
      loss: { content: 412.35208, gram: 296058.793 },
      values: [0.719244, 0.280623, 0.864102, 0.41025, 0.300659, 0.207299, 0.187535, 0.313048],
    },
  ],
];

describe('the method gatys', () => {
  it.each(RECORDED)('paints what it has always painted %s', async (_how, options, { loss, values }) => {
    const sources = { content: scene(45, 33, 0), styles: [scene(40, 40, 2)] };
    const { picture, ...result } = await stylize(
      sources,
      { method: 'gatys', gamutWeight: 0, size: 45, minSize: 45, iterations: 12, ...options },
      { engine },
    );
    expect(Object.keys(result.loss.parts)).toEqual(Object.keys(loss));
    expect(relativeError(Object.values(result.loss.parts), Object.values(loss))).toBeLessThan(1e-4);
    [0, 700, 1484, 1485, 2300, 2970, 4000, 4454].forEach((at, index) => {
      expect(Math.abs((picture.rgb[at] as number) - (values[index] as number))).toBeLessThan(1e-4);
    });
  });
});
