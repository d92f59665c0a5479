import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/nst/engines/engine.ts';
import { type Fallback, fallbackEngine } from '../../../src/nst/engines/fallback.ts';
import { onnxEngine } from '../../../src/nst/engines/onnx.ts';
import { ImpastoError } from '../../../src/nst/errors.ts';
import type { Method } from '../../../src/nst/losses/settings.ts';
import { totalVariationTerm } from '../../../src/nst/losses/total-variation.ts';
import type { StylizeOptions } from '../../../src/nst/settings.ts';
import { stylize } from '../../../src/nst/stylize.ts';
import { failingEngine } from '../../support/failing-engine.ts';
import { randomValues, relativeError } from '../../support/numbers.ts';
import { loadTinyWeights, TINY } from '../../support/tiny-network.ts';

const cpu = () => onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 });
const picture = (seed: number) => ({
  width: 64,
  height: 48,
  rgb: randomValues(3 * 64 * 48, seed).map((value) => 0.5 + value / 2),
});
const lacking = new ImpastoError('out-of-memory', 'The device has too little memory.', {
  advice: 'Smaller.',
});

/** Paints with an engine, and disposes of it. */
async function paint(engine: Engine, onProgress: () => void = () => {}, method: Method = 'gatys') {
  const options: StylizeOptions = { method, size: 64, minSize: 32, iterations: 30 };
  const result = await stylize({ content: picture(1), styles: [picture(2)] }, options, {
    engine,
    onProgress,
  });
  await engine.dispose();
  return result;
}

describe('a painting whose engine fails in the middle', () => {
  it.each([
    ['at its first evaluation', 0],
    ['on the coarse level', 7],
    ['on the fine level', 25],
  ])('%s goes on on the next engine to the picture of an undisturbed one', async (_when, evaluations) => {
    const fallbacks: Fallback[] = [];
    const engine = fallbackEngine([failingEngine(cpu(), evaluations), cpu()], (each) => fallbacks.push(each));
    const [result, undisturbed] = [await paint(engine), await paint(cpu())];
    expect(fallbacks).toMatchObject([
      { from: 'onnx/failing', to: 'onnx/cpu', error: { code: 'engine-failed' } },
    ]);
    expect(result.iterations).toBe(undisturbed.iterations);
    expect(relativeError(result.picture.rgb, undisturbed.picture.rgb)).toBeLessThan(1e-5);
  });

  it('goes on when a device’s memory was not enough', async () => {
    const fallbacks: Fallback[] = [];
    const engine = fallbackEngine([failingEngine(cpu(), 3, lacking), cpu()], (each) => fallbacks.push(each));
    await paint(engine);
    expect(fallbacks).toMatchObject([{ error: lacking }]);
  });

  it('goes on from engine to engine, and calls itself as the one at work', async () => {
    const engine = fallbackEngine([failingEngine(cpu(), 3), failingEngine(cpu(), 3), cpu()]);
    const names: string[] = [];
    await paint(engine, () => void names.push(engine.name));
    expect(new Set(names)).toEqual(new Set(['onnx/failing', 'onnx/cpu']));
    expect(names.at(-1)).toBe('onnx/cpu');
  });

  it('ends with what the last engine throws', async () => {
    const engine = fallbackEngine([failingEngine(cpu(), 3), failingEngine(cpu(), 3, lacking)]);
    await expect(paint(engine)).rejects.toBe(lacking);
  });

  it('tells what the last engine lacks, even where nothing is left to be freed', async () => {
    const full: Engine = {
      ...failingEngine(cpu(), 0),
      compile: async () => {
        throw lacking;
      },
    };
    await expect(paint(fallbackEngine([failingEngine(cpu(), 3), full]))).rejects.toBe(lacking);
  });

  it('tells what ended it where what the engine held cannot be freed', async () => {
    const engine = failingEngine(cpu(), 3, lacking);
    const stuck: Engine = {
      ...engine,
      async compile(...args) {
        const evaluator = await engine.compile(...args);
        return {
          ...evaluator,
          async dispose() {
            await evaluator.dispose();
            throw new Error('The device is lost.');
          },
        };
      },
    };
    await expect(paint(stuck)).rejects.toBe(lacking);
  });

  it('frees what was compiled once, however often it is told to', async () => {
    const engine = fallbackEngine([failingEngine(cpu(), 0), cpu()]);
    const evaluator = await engine.compile({ pooling: 'average', terms: [totalVariationTerm(1)] }, 64, 48);
    await evaluator.evaluate(picture(1).rgb);
    await evaluator.dispose();
    await evaluator.dispose();
    await engine.dispose();
  });

  it('does not go on after an error that another engine would have, too', async () => {
    const stopped = new ImpastoError('aborted', 'Stopped.', { advice: 'Again.' });
    const fallbacks: Fallback[] = [];
    const engine = fallbackEngine([failingEngine(cpu(), 3, stopped), cpu()], (each) => fallbacks.push(each));
    await expect(paint(engine)).rejects.toBe(stopped);
    expect(fallbacks).toEqual([]);
  });

  it.each(['features', 'nearest'] as const)(
    'begins on the next engine when the first cannot measure or search: %s',
    async (work) => {
      const broken: Engine = {
        ...failingEngine(cpu(), 0),
        [work]: async () => {
          throw lacking;
        },
      };
      const engine = fallbackEngine([broken, cpu()]);
      await paint(engine, undefined, 'mix');
      expect(engine.name).toBe('onnx/cpu');
    },
  );

  it('gives an engine up once, however many evaluators fail on it', async () => {
    const fallbacks: Fallback[] = [];
    const engine = fallbackEngine([failingEngine(cpu(), 0), cpu()], (each) => fallbacks.push(each));
    const compiled = () => engine.compile({ pooling: 'average', terms: [totalVariationTerm(1)] }, 64, 48);
    const evaluators = [await compiled(), await compiled()];
    const values = [];
    for (const evaluator of evaluators) values.push((await evaluator.evaluate(picture(1).rgb)).values);
    expect(values[0]).toEqual(values[1]);
    expect(fallbacks).toHaveLength(1);
    for (const evaluator of evaluators) await evaluator.dispose();
    await engine.dispose();
  });
});
