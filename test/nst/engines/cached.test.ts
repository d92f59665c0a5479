import { describe, expect, it, vi } from 'vitest';
import { cachedEngine } from '../../../src/nst/engines/cached.ts';
import type { Engine, Evaluator, FeatureRequest } from '../../../src/nst/engines/engine.ts';
import { onnxEngine } from '../../../src/nst/engines/onnx.ts';
import type { Picture } from '../../../src/nst/image/picture.ts';
import type { Measures, Nearest } from '../../../src/nst/losses/loss.ts';
import { METHODS } from '../../../src/nst/losses/settings.ts';
import { planPasses } from '../../../src/nst/pyramid.ts';
import { parseSettings, type StylizeOptions } from '../../../src/nst/settings.ts';
import { stylize } from '../../../src/nst/stylize.ts';
import { randomValues } from '../../support/numbers.ts';
import { loadTinyWeights, TINY } from '../../support/tiny-network.ts';

const picture = (seed: number, width = 4, height = 4): Picture => ({
  width,
  height,
  rgb: randomValues(3 * width * height, seed),
});
const request: FeatureRequest = { pooling: 'average', activations: ['relu1_1'] };
/** Bytes of what the stand-in engine measures. */
const RESULT = 400;

/** An engine whose every measurement is new arrays of {@link RESULT} bytes. */
function standIn() {
  const evaluator = { dispose: async () => {} } as Evaluator;
  const nearest: Nearest = { indices: new Float32Array(1), similarities: new Float32Array(1) };
  return {
    name: 'stand-in',
    network: TINY,
    features: vi.fn<Engine['features']>(async (_picture, { activations = [], grams = [], places = [] }) => {
      const data = () => new Float32Array(RESULT / 4);
      return {
        activations: new Map(activations.map((layer) => [layer, data()])),
        grams: new Map(grams.map((layer) => [layer, data()])),
        places: new Map(places.map((layer) => [layer, { dimensions: 1, count: RESULT / 4, data: data() }])),
      };
    }),
    nearest: vi.fn<Engine['nearest']>(async () => nearest),
    compile: vi.fn<Engine['compile']>(async () => evaluator),
    dispose: vi.fn<Engine['dispose']>(async () => {}),
  };
}

describe('a cached engine', () => {
  it('measures the same picture once, whichever object holds it', async () => {
    const inner = standIn();
    const engine = cachedEngine(inner, { maxBytes: 1e6 });
    const first = await engine.features(picture(1), request);
    const again = await engine.features(picture(1), { ...request });
    expect(again).toEqual(first);
    expect(inner.features).toHaveBeenCalledTimes(1);
  });

  it.each<[string, Picture, FeatureRequest]>([
    ['other pixels', picture(2), request],
    ['other sides', { ...picture(1), width: 2, height: 8 }, request],
    ['another pooling', picture(1), { ...request, pooling: 'max' }],
    ['another layer', picture(1), { ...request, activations: ['relu1_2'] }],
    ['Gram matrices in place of activations', picture(1), { pooling: 'average', grams: ['relu1_1'] }],
    ['places in place of activations', picture(1), { pooling: 'average', places: ['relu1_1'] }],
  ])('measures anew for %s', async (_change, other, changed) => {
    const inner = standIn();
    const engine = cachedEngine(inner, { maxBytes: 1e6 });
    await engine.features(picture(1), request);
    await engine.features(other, changed);
    expect(inner.features).toHaveBeenCalledTimes(2);
  });

  it('forgets what was asked for longest ago when the arrays exceed the limit', async () => {
    const inner = standIn();
    const engine = cachedEngine(inner, { maxBytes: 2 * RESULT });
    for (const seed of [1, 2, 1, 3]) await engine.features(picture(seed), request);
    expect(inner.features).toHaveBeenCalledTimes(3);
    await engine.features(picture(1), request);
    await engine.features(picture(3), request);
    expect(inner.features).toHaveBeenCalledTimes(3);
    await engine.features(picture(2), request);
    expect(inner.features).toHaveBeenCalledTimes(4);
  });

  it('counts every array of a result', async () => {
    const inner = standIn();
    const engine = cachedEngine(inner, { maxBytes: 2 * RESULT });
    for (const more of [{ grams: ['relu1_1'] }, { places: ['relu1_1'] }] satisfies Measures[]) {
      inner.features.mockClear();
      for (const seed of [1, 2, 1]) await engine.features(picture(seed), { ...request, ...more });
      expect(inner.features).toHaveBeenCalledTimes(3);
    }
  });

  it('does not keep a result that exceeds the limit alone, and keeps the others', async () => {
    const inner = standIn();
    const engine = cachedEngine(inner, { maxBytes: RESULT });
    const large: FeatureRequest = { ...request, grams: ['relu1_1'] };
    await engine.features(picture(1), request);
    await engine.features(picture(1), large);
    await engine.features(picture(1), large);
    await engine.features(picture(1), request);
    expect(inner.features).toHaveBeenCalledTimes(3);
  });

  it('forgets a failure', async () => {
    const inner = standIn();
    inner.features.mockRejectedValueOnce(new Error('busy'));
    const engine = cachedEngine(inner, { maxBytes: 1e6 });
    await expect(engine.features(picture(1), request)).rejects.toThrow('busy');
    expect((await engine.features(picture(1), request)).activations.size).toBe(1);
  });

  it('heeds an abort even where the answer is known', async () => {
    const engine = cachedEngine(standIn(), { maxBytes: 1e6 });
    await engine.features(picture(1), request);
    const aborted = engine.features(picture(1), request, AbortSignal.abort());
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
  });

  it('compiles and searches with the inner engine', async () => {
    const inner = standIn();
    const engine = cachedEngine(inner, { maxBytes: 1e6 });
    const { signal } = new AbortController();
    const columns = { dimensions: 1, count: 1, data: Float32Array.of(1) };
    await engine.nearest(columns, columns, signal);
    expect(inner.nearest).toHaveBeenCalledExactlyOnceWith(columns, columns, signal);
    const objective = { pooling: 'max', terms: [] } as const;
    await engine.compile(objective, 8, 4, signal);
    expect(inner.compile).toHaveBeenCalledExactlyOnceWith(objective, 8, 4, signal);
  });

  it('forgets everything and disposes of the inner engine when it is disposed of', async () => {
    const inner = standIn();
    const engine = cachedEngine(inner, { maxBytes: 1e6 });
    await engine.features(picture(1), request);
    await engine.dispose();
    expect(inner.dispose).toHaveBeenCalledTimes(1);
    await engine.features(picture(1), request);
    expect(inner.features).toHaveBeenCalledTimes(2);
  });

  it.each(METHODS)(
    'paints the very picture of the engine without a memory, and measures only what it paints, %s',
    async (method) => {
      const plain = onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 });
      const measured = vi.spyOn(plain, 'features');
      const cached = cachedEngine(plain, { maxBytes: 1e7 });
      const shown = (seed: number, height: number): Picture => ({
        width: 32,
        height,
        rgb: picture(seed, 32, height).rgb.map((value) => 0.5 + value / 4),
      });
      const input = { content: shown(1, 24), styles: [shown(2, 32)] };
      const options: StylizeOptions = { method, size: 32, minSize: 32, iterations: 16 };
      const paint = (engine: Engine, strength: number) =>
        stylize(input, { ...options, strength }, { engine });
      const expected = await paint(plain, 1);
      await paint(cached, 0);
      measured.mockClear();
      const painted = await paint(cached, 1);
      expect(painted.picture.rgb).toEqual(expected.picture.rgb);
      // What has been painted so far is another picture each time.
      const passes = planPasses(input.content, parseSettings(options, 1));
      expect(measured).toHaveBeenCalledTimes(method === 'gatys' ? 0 : passes.length);
      await cached.dispose();
    },
  );
});
