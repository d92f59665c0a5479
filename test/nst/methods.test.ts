import { afterAll, describe, expect, it } from 'vitest';
import { cachedEngine } from '../../src/nst/engines/cached.ts';
import { onnxEngine } from '../../src/nst/engines/onnx.ts';
import type { Picture } from '../../src/nst/image/picture.ts';
import { quarterTurn } from '../../src/nst/image/quarter-turn.ts';
import type { Sources } from '../../src/nst/level.ts';
import { METHODS } from '../../src/nst/losses/settings.ts';
import type { LossParts } from '../../src/nst/objective.ts';
import type { StylizeOptions } from '../../src/nst/settings.ts';
import { type StylizeResult, type StylizeRun, stylize } from '../../src/nst/stylize.ts';
import { plain, scene } from '../support/scene.ts';
import { loadTinyWeights, TINY } from '../support/tiny-network.ts';

const engine = cachedEngine(onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 }), {
  maxBytes: 100e6,
});
afterAll(() => engine.dispose());

const [width, height] = [40, 30];
const area = width * height;
const input: Sources = { content: scene(width, height, 0), styles: [scene(40, 40, 2)] };
/** Layers of which few are computed: most of a painting this small is the making of its graphs. */
const layers: StylizeOptions = { contentLayers: ['relu2_1'], styleLayers: ['relu1_1', 'relu2_1'] };
/** Two levels; and one alone, where the picture is all that matters. */
const whole: StylizeOptions = { ...layers, size: width, minSize: 32, iterations: 12 };
const short: StylizeOptions = { ...layers, size: width, minSize: width, iterations: 6 };
const mask = (white: (x: number) => boolean) =>
  Float32Array.from({ length: area }, (_, i) => Number(white(i % width)));

/** Every colour is one that can be shown, and every loss a number. */
function expectSound({ picture, loss }: StylizeResult): void {
  expect(picture.rgb.every((value) => value >= 0 && value <= 1)).toBe(true);
  expect(Object.values({ ...loss.parts, total: loss.total }).every(Number.isFinite)).toBe(true);
}

describe.each(METHODS)('a painting under the method %s', (method) => {
  const paint = (options: StylizeOptions, run: Partial<StylizeRun> = {}, pictures: Sources = input) =>
    stylize(pictures, { method, ...options }, { engine, ...run });

  it('comes closer to the paintings', async () => {
    const losses: LossParts[] = [];
    const onProgress: StylizeRun['onProgress'] = ({ loss }) => void losses.push(loss);
    expectSound(await paint({ ...short, iterations: 16 }, { onProgress }));
    const style = ({ parts: { gram = 0, neighbour = 0 } }: LossParts) => gram + neighbour;
    expect(style(losses.at(-1) as LossParts)).toBeLessThan(0.8 * style(losses[0] as LossParts));
  });

  it('is the same for the same seed and another for another seed', async () => {
    const noise: StylizeOptions = { ...short, init: 'noise' };
    const first = await paint({ ...noise, seed: 7 });
    expectSound(first);
    expect((await paint({ ...noise, seed: 7 })).picture.rgb).toEqual(first.picture.rgb);
    expect((await paint({ ...noise, seed: 8 })).picture.rgb).not.toEqual(first.picture.rgb);
  });

  it.each<StylizeOptions>([{ optimizer: 'lbfgs' }, { optimizer: 'adam', averaging: 0.9, init: 'noise' }])(
    'resumes from any checkpoint to the very picture of an uninterrupted run, %o',
    async (choice) => {
      const checkpoints: Uint8Array[] = [];
      const options = { ...whole, ...choice };
      const undisturbed = await paint(options, { onProgress: (p) => void checkpoints.push(p.checkpoint()) });
      expect(checkpoints.length).toBeGreaterThan(6);
      for (let index = 0; index < checkpoints.length; index += 5) {
        const resumed = await paint(options, { resume: checkpoints[index] as Uint8Array });
        expect(resumed.picture.rgb).toEqual(undisturbed.picture.rgb);
        expect(resumed.loss).toEqual(undisturbed.loss);
        expect(resumed.iterations).toBe(undisturbed.iterations);
      }
    },
  );

  it('blends paintings by their shares: all to one is that one alone', async () => {
    const [first, flat, third] = [scene(40, 40, 2), plain(30, 40, [0.9, 0.2, 0.1]), scene(24, 36, 5)];
    const blended = async (styles: Picture[], ...styleBlend: number[]) => {
      const result = await paint({ ...short, styleBlend }, {}, { ...input, styles });
      expectSound(result);
      return result.picture.rgb;
    };
    const [alone, two] = [await blended([first], 1), await blended([first, third], 2, 1)];
    expect(await blended([first, flat, third], 1, 0, 0)).toEqual(alone);
    expect(await blended([flat, third, first], 0, 0, 9)).toEqual(alone);
    expect(await blended([first, flat, third], 4, 0, 2)).toEqual(two);
    expect(two).not.toEqual(alone);
  });

  it('is only where the mask is white', async () => {
    const { picture } = await paint(short, {}, { ...input, mask: mask((x) => x >= 16) });
    const change = picture.rgb.map((value, i) => Math.abs(value - (input.content.rgb[i] as number)));
    expect(Math.max(...change.filter((_, i) => i % width < 16))).toBeLessThan(1e-6);
    expect(Math.max(...change.filter((_, i) => i % width >= 16))).toBeGreaterThan(0.05);
  });

  it('is the photograph where all of the mask is black', async () => {
    const result = await paint(short, {}, { ...input, mask: mask(() => false) });
    expectSound(result);
    expect(result.picture.rgb).toEqual(input.content.rgb);
  });

  it.each<[string, Partial<Sources>, StylizeOptions?]>([
    ['a painting of one colour', { styles: [plain(40, 40, [0.9, 0.2, 0.1])] }],
    ['a black painting of one pixel', { styles: [plain(1, 1, [0, 0, 0])] }],
    ['a painting much smaller than the level', { styles: [scene(5, 3, 2)] }],
    ['a photograph of one colour', { content: plain(width, height, [0.5, 0.5, 0.5]) }],
    [
      'the photograph’s colours and a painting of one',
      { styles: [plain(9, 9, [1, 0, 0])] },
      { colors: 'content' },
    ],
    ['tiny strokes', {}, { styleScale: 0.1 }],
  ])('is sound with %s', async (_what, pictures, options = {}) => {
    const result = await paint({ ...short, ...options }, {}, { ...input, ...pictures });
    expectSound(result);
    expect(result.warnings).toEqual([]);
  });
});

describe('places that are matched', () => {
  /** A picture that shows which way is up. */
  const striped: Picture = {
    ...scene(48, 48, 0),
    rgb: Float32Array.from({ length: 3 * 48 * 48 }, (_, i) => 0.5 + 0.4 * Math.sin((i % 48) / 2 + i / 2304)),
  };
  const closeness = async (more: StylizeOptions) => {
    const pictures = { content: quarterTurn(striped), styles: [striped] };
    const options: StylizeOptions = {
      method: 'neighbour',
      size: 48,
      minSize: 48,
      iterations: 1,
      contentWeight: 0,
    };
    const { loss } = await stylize(pictures, { ...options, ...more }, { engine });
    return loss.parts.neighbour as number;
  };

  it('may be turned ones of the painting, where that is asked for', async () => {
    expect(await closeness({ styleRotations: true })).toBeLessThan((await closeness({})) / 2);
  });

  it('are compared by their layers as the layers weigh', async () => {
    const [first, both, second] = [['relu1_1'], ['relu1_1:1', 'relu3_1:0.000000000001'], ['relu3_1']];
    const alone = await closeness({ styleLayers: first });
    expect(await closeness({ styleLayers: both })).toBeCloseTo(alone, 2);
    expect(await closeness({ styleLayers: second })).not.toBeCloseTo(alone, 2);
  });
});

describe('a quarter turn', () => {
  it('is clockwise', () => {
    const plane = [1, 2, 3, 4, 5, 6];
    const picture = { width: 3, height: 2, rgb: Float32Array.from([...plane, ...plane, ...plane]) };
    const turned = quarterTurn(picture);
    expect(turned).toMatchObject({ width: 2, height: 3 });
    expect([...turned.rgb.subarray(0, 6)]).toEqual([4, 1, 5, 2, 6, 3]);
    expect(quarterTurn(quarterTurn(quarterTurn(turned)))).toEqual(picture);
  });
});
