import { afterAll, describe, expect, it } from 'vitest';
import { cachedEngine } from '../../src/nst/engines/cached.ts';
import type { Engine } from '../../src/nst/engines/engine.ts';
import { onnxEngine } from '../../src/nst/engines/onnx.ts';
import type { Picture } from '../../src/nst/image/picture.ts';
import type { Sources } from '../../src/nst/level.ts';
import { METHODS } from '../../src/nst/losses/settings.ts';
import type { Progress } from '../../src/nst/progress.ts';
import type { StylizeOptions } from '../../src/nst/settings.ts';
import { type StylizeResult, type StylizeRun, stylize } from '../../src/nst/stylize.ts';
import { relativeError } from '../support/numbers.ts';
import { scene } from '../support/scene.ts';
import { loadTinyWeights, TINY } from '../support/tiny-network.ts';

const engine = cachedEngine(onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 }), {
  maxBytes: 100e6,
});
afterAll(() => engine.dispose());

const input: Sources = { content: scene(45, 33, 0), styles: [scene(40, 40, 2)] };
/** Layers of which few are computed: most of a painting this small is the making of its graphs. */
const options: StylizeOptions = {
  size: 45,
  minSize: 32,
  iterations: 24,
  contentLayers: ['relu2_1'],
  styleLayers: ['relu1_1', 'relu2_1'],
};
const paint = (more: StylizeOptions = {}, run: Partial<StylizeRun> = {}, pictures: Sources = input) =>
  stylize(pictures, { ...options, ...more }, { engine, ...run });

describe('stylize', () => {
  it('paints a picture of the exact size asked for, whatever the network’s stride', async () => {
    const { picture, iterations, warnings } = await paint({ size: 47, styleLayers: ['relu1_1', 'relu3_4'] });
    expect(picture).toMatchObject({ width: 47, height: 34 });
    expect(picture.rgb).toHaveLength(3 * 47 * 34);
    expect(picture.rgb.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(iterations).toBe(24);
    expect(warnings).toEqual([]);
  });

  it('brings the statistics of the picture closer to the style', async () => {
    const losses: Progress[] = [];
    const onProgress: StylizeRun['onProgress'] = (progress) => void losses.push(progress);
    await paint({ method: 'gatys', minSize: 45 }, { onProgress });
    const [first, last] = [losses[0], losses.at(-1)].map((progress) => progress?.loss);
    expect(last?.parts.gram).toBeLessThan((first?.parts.gram as number) / 2);
    expect(last?.total).toBeLessThan(first?.total as number);
  });

  it('refuses a checkpoint of another network', async () => {
    const checkpoints: Uint8Array[] = [];
    await paint({}, { onProgress: (p) => void checkpoints.push(p.checkpoint()) });
    const other = onnxEngine({
      network: { ...TINY, name: 'other' },
      loadWeights: loadTinyWeights,
      threads: 1,
    });
    const resumed = paint({}, { engine: other, resume: checkpoints.at(-2) as Uint8Array });
    await expect(resumed).rejects.toMatchObject({ code: 'bad-checkpoint' });
    await other.dispose();
  });

  it('refuses a checkpoint of other settings or other pictures, and bytes that are none', async () => {
    let checkpoint = new Uint8Array();
    await paint(
      {},
      {
        onProgress: (p) => {
          checkpoint = new Uint8Array(p.checkpoint());
        },
      },
    );
    const bad = { code: 'bad-checkpoint' };
    await expect(paint({ strength: 1 }, { resume: checkpoint })).rejects.toMatchObject(bad);
    const others = { ...input, content: scene(45, 33, 1) };
    await expect(paint({}, { resume: checkpoint }, others)).rejects.toMatchObject(bad);
    await expect(paint({}, { resume: checkpoint.slice(0, 50) })).rejects.toMatchObject(bad);
  });

  it('stops within one evaluation of an abort', async () => {
    const controller = new AbortController();
    let after = 0;
    const run = paint(
      {},
      {
        signal: controller.signal,
        onProgress: ({ iteration }) => {
          if (controller.signal.aborted) after += 1;
          if (iteration >= 5) controller.abort();
        },
      },
    );
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
    expect(after).toBe(0);
  });

  it('reports progress that only moves forward, with previews at the level’s size', async () => {
    const seen: Progress[] = [];
    await paint({}, { onProgress: (progress) => void seen.push(progress) });
    expect(seen[0]).toMatchObject({ level: 1, levels: 2, width: 32, iteration: 1, iterations: 24 });
    expect(seen.at(-1)).toMatchObject({ level: 2, width: 45, height: 33, iteration: 24, remainingMs: 0 });
    const order = seen.map(({ iteration }) => iteration);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(await seen.at(-1)?.preview()).toMatchObject({ width: 45, height: 33 });
  });

  it('keeps the photograph’s colours when asked: chroma stays, luminance changes', async () => {
    const content = scene(45, 33, 0);
    content.rgb.fill(0.5, 0, 45 * 33);
    const { picture } = await paint({ colors: 'content' }, {}, { ...input, content });
    const area = 45 * 33;
    const chroma = ({ rgb }: Picture) =>
      rgb.slice(0, area).map((red, i) => red - (rgb[2 * area + i] as number));
    const [before, after] = [chroma(content), chroma(picture)];
    const kept = after.filter((value, i) => Math.abs(value) <= Math.abs(before[i] as number) + 1e-3).length;
    expect(kept).toBe(area);
    expect(picture.rgb).not.toEqual(content.rgb);
  });

  it('takes the painting’s colours otherwise', async () => {
    const style = scene(40, 40, 2);
    style.rgb.fill(0.05, 1600);
    const grey = { ...scene(45, 33, 0), rgb: new Float32Array(3 * 45 * 33).fill(0.5) };
    const { picture } = await paint({ strength: 3, iterations: 60 }, {}, { content: grey, styles: [style] });
    const mean = (channel: number) => {
      const plane = picture.rgb.subarray(channel * 45 * 33, (channel + 1) * 45 * 33);
      return plane.reduce((sum, value) => sum + value, 0) / plane.length;
    };
    expect(mean(0) - mean(2)).toBeGreaterThan(0.02);
  });

  it('keeps transparency', async () => {
    const alpha = Float32Array.from({ length: 45 * 33 }, (_, i) => (i % 45 < 20 ? 0 : 1));
    const { picture } = await paint({}, {}, { ...input, content: { ...input.content, alpha } });
    expect(picture.alpha).toEqual(alpha);
  });

  let usual: Promise<StylizeResult> | undefined;
  it.each<StylizeOptions>([
    { method: 'gatys' },
    { method: 'neighbour' },
    { strength: 2 },
    { contentWeight: 10 },
    { styleWeight: 1 },
    { neighbourWeight: 1 },
    { photographShare: 0.1 },
    { tvWeight: 500 },
    { gamutWeight: 0 },
    { contentLayers: ['relu2_2'] },
    { styleLayers: ['relu1_1:2', 'relu2_1'] },
    { styleScale: 0.6 },
    { pooling: 'max' },
    { minSize: 45 },
    { optimizer: 'adam' },
    { history: 1 },
    { iterations: 20 },
  ])('lets %o change the picture', async (choice) => {
    const common: StylizeOptions = { method: 'mix', iterations: 14 };
    usual ??= paint(common);
    const changed = await paint({ ...common, ...choice });
    expect(changed.picture.rgb).not.toEqual((await usual).picture.rgb);
  });

  it('refuses a layer that the network does not have', async () => {
    await expect(paint({ styleLayers: ['relu5_4'] })).rejects.toMatchObject({ code: 'unknown-layer' });
  });

  it.each(METHODS)('leaves the photograph step by step with strength, %s', async (method) => {
    const layer = 'relu3_3';
    const shown = async ({ rgb }: Picture) => {
      const measured = await engine.features(
        { width: 44, height: 32, rgb },
        { pooling: 'average', activations: [layer] },
      );
      return measured.activations.get(layer) as Float32Array;
    };
    const photograph = scene(44, 32, 0);
    const aim = await shown(photograph);
    const distances: number[] = [];
    for (const strength of [-3, -2, 0, 2]) {
      const { picture } = await paint({ method, strength, size: 44 }, {}, { ...input, content: photograph });
      distances.push(relativeError(await shown(picture), aim));
    }
    expect(distances).toEqual(distances.toSorted((a, b) => a - b));
    expect(distances[0]).toBeLessThan(0.1);
  });

  it('starts from a picture when asked, and says so when there is none', async () => {
    const init = scene(45, 33, 4);
    const started = await paint({ init: 'picture', iterations: 1 }, {}, { ...input, init });
    const change = started.picture.rgb.map((value, i) => Math.abs(value - (init.rgb[i] as number)));
    expect(Math.max(...change)).toBeLessThan(1e-6);
    await expect(paint({ init: 'picture' })).rejects.toMatchObject({ code: 'bad-setting' });
  });

  it('ends a level early when ten evaluations improve too little', async () => {
    const { iterations } = await paint({ tolerance: 0.9, iterations: 60, minSize: 45 });
    expect(iterations).toBeLessThan(40);
  });

  it('returns the best picture so far with a warning when the optimisation diverges', async () => {
    const failing: Engine = {
      ...engine,
      name: 'failing',
      network: TINY,
      features: (...args) => engine.features(...args),
      nearest: (...args) => engine.nearest(...args),
      dispose: async () => {},
      async compile(...args) {
        const evaluator = await engine.compile(...args);
        let calls = 0;
        return {
          dispose: () => evaluator.dispose(),
          async evaluate(rgb) {
            const result = await evaluator.evaluate(rgb);
            return ++calls > 5 ? { ...result, values: result.values.map(() => Number.NaN) } : result;
          },
        };
      },
    };
    const { picture, warnings } = await paint({ iterations: 100, minSize: 45 }, { engine: failing });
    expect(warnings).toHaveLength(1);
    expect(picture.rgb.every(Number.isFinite)).toBe(true);
  });
});
