import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/nst/engines/engine.ts';
import { onnxEngine } from '../../src/nst/engines/onnx.ts';
import type { Picture } from '../../src/nst/image/picture.ts';
import type { Sources } from '../../src/nst/level.ts';
import type { Progress } from '../../src/nst/progress.ts';
import type { StylizeOptions } from '../../src/nst/settings.ts';
import { type StylizeRun, stylize } from '../../src/nst/stylize.ts';
import { randomValues } from '../support/numbers.ts';
import { loadTinyWeights, TINY } from '../support/tiny-network.ts';

const engine = onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 });
afterAll(() => engine.dispose());

/** Smooth colours, so that the picture means something at several sizes. */
function scene(width: number, height: number, phase: number): Picture {
  const rgb = Float32Array.from({ length: 3 * width * height }, (_, i) => {
    const [x, y, channel] = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))];
    return 0.5 + 0.4 * Math.sin(phase + x / (3 + channel) + y / 5);
  });
  return { width, height, rgb };
}

const input: Sources = { content: scene(45, 33, 0), styles: [scene(40, 40, 2)] };
const options: StylizeOptions = { size: 45, minSize: 32, iterations: 24 };
const paint = (more: StylizeOptions = {}, run: Partial<StylizeRun> = {}, pictures: Sources = input) =>
  stylize(pictures, { ...options, ...more }, { engine, ...run });

describe('stylize', () => {
  it('paints a picture of the exact size asked for, whatever the network’s stride', async () => {
    const { picture, iterations, warnings } = await paint({ size: 47 });
    expect(picture).toMatchObject({ width: 47, height: 34 });
    expect(picture.rgb).toHaveLength(3 * 47 * 34);
    expect(picture.rgb.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(iterations).toBe(24);
    expect(warnings).toEqual([]);
  });

  it('brings the picture closer to the style', async () => {
    const losses: Progress[] = [];
    await paint({ minSize: 45 }, { onProgress: (progress) => void losses.push(progress) });
    expect(losses.at(-1)?.loss.style).toBeLessThan((losses[0]?.loss.style as number) / 2);
    expect(losses.at(-1)?.loss.total).toBeLessThan(losses[0]?.loss.total as number);
  });

  it('gives the same picture for the same seed and another for another seed', async () => {
    const [first, second, other] = await Promise.all([
      paint({ init: 'noise', seed: 7 }),
      paint({ init: 'noise', seed: 7 }),
      paint({ init: 'noise', seed: 8 }),
    ]);
    expect(second.picture.rgb).toEqual(first.picture.rgb);
    expect(other.picture.rgb).not.toEqual(first.picture.rgb);
  });

  it.each<StylizeOptions>([{ optimizer: 'lbfgs' }, { optimizer: 'adam', averaging: 0.9 }])(
    'resumes from any checkpoint to the very picture of an uninterrupted run, %o',
    async (choice) => {
      const checkpoints: Uint8Array[] = [];
      const whole = await paint(choice, { onProgress: (p) => void checkpoints.push(p.checkpoint()) });
      for (const index of [1, Math.floor(checkpoints.length / 2), checkpoints.length - 2]) {
        const resumed = await paint(choice, { resume: checkpoints[index] as Uint8Array });
        expect(resumed.picture.rgb).toEqual(whole.picture.rgb);
        expect(resumed.iterations).toBe(whole.iterations);
      }
    },
  );

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

  it('paints only where the mask is white', async () => {
    const mask = Float32Array.from({ length: 45 * 33 }, (_, i) => (i % 45 < 20 ? 0 : 1));
    const { picture } = await paint({}, {}, { ...input, mask });
    const change = picture.rgb.map((value, i) => Math.abs(value - (input.content.rgb[i] as number)));
    expect(Math.max(...change.filter((_, i) => i % 45 < 20))).toBeLessThan(1e-6);
    expect(Math.max(...change.filter((_, i) => i % 45 >= 20))).toBeGreaterThan(0.05);
  });

  it('blends paintings by their shares: all to one is that one alone', async () => {
    const styles = [scene(40, 40, 2), { width: 40, height: 40, rgb: randomValues(4800, 3).map(Math.abs) }];
    const alone = await paint();
    const blended = await paint({ styleBlend: [1, 0] }, {}, { ...input, styles });
    const half = await paint({ styleBlend: [1, 1] }, {}, { ...input, styles });
    expect(blended.picture.rgb).toEqual(alone.picture.rgb);
    expect(half.picture.rgb).not.toEqual(alone.picture.rgb);
  });

  it.each<StylizeOptions>([
    { strength: 2 },
    { contentWeight: 10 },
    { styleWeight: 1 },
    { tvWeight: 500 },
    { normalization: 'gatys', styleWeight: 1e-3 },
    { contentLayers: ['relu2_2'] },
    { styleLayers: ['relu1_1:2', 'relu2_1'] },
    { styleScale: 0.6 },
    { pooling: 'max' },
    { minSize: 45 },
    { optimizer: 'adam' },
    { history: 1 },
    { iterations: 30 },
  ])('lets %o change the picture', async (choice) => {
    const [plain, changed] = [await paint(), await paint(choice)];
    expect(changed.picture.rgb).not.toEqual(plain.picture.rgb);
  });

  it('moves towards the style with strength and towards the photograph against it', async () => {
    const distance = async (strength: number) => {
      const { picture } = await paint({ strength });
      return picture.rgb.reduce(
        (sum, value, i) => sum + Math.abs(value - (input.content.rgb[i] as number)),
        0,
      );
    };
    const [weak, middle, strong] = [await distance(-3), await distance(0), await distance(3)];
    expect(weak).toBeLessThan(middle);
    expect(middle).toBeLessThan(strong);
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

describe('settings', () => {
  it.each<[string, StylizeOptions]>([
    ['contentWeight', { contentWeight: Number.NaN }],
    ['styleWeight', { styleWeight: -1 }],
    ['tvWeight', { tvWeight: Number.POSITIVE_INFINITY }],
    ['size', { size: 0 }],
    ['strength', { strength: 4 }],
    ['styleBlend', { styleBlend: [1, 2, 3] }],
    ['styleBlend', { styleBlend: [0] }],
    ['styleLayers', { styleLayers: ['eyes'] }],
    ['pooling', { pooling: 'median' as 'max' }],
    ['brush', { brush: 3 } as StylizeOptions],
  ])('refuse a bad %s and name it', async (name, bad) => {
    await expect(paint(bad)).rejects.toMatchObject({
      code: 'bad-setting',
      message: expect.stringContaining(name),
      advice: expect.any(String),
    });
  });

  it('refuse a layer that the network does not have', async () => {
    await expect(paint({ styleLayers: ['relu5_4'] })).rejects.toMatchObject({ code: 'unknown-layer' });
  });
});
