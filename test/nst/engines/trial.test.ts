import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/nst/engines/engine.ts';
import { onnxEngine } from '../../../src/nst/engines/onnx.ts';
import { tryEngine } from '../../../src/nst/engines/trial.ts';
import { loadTinyWeights, TINY } from '../../support/tiny-network.ts';

const cpu = () => onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 });

/** The CPU's engine whose evaluations are changed. */
function altered(change: (result: { values: number[]; gradient: Float32Array }) => void): Engine {
  const engine = cpu();
  return {
    name: 'onnx/altered',
    network: engine.network,
    features: (...args) => engine.features(...args),
    nearest: (...args) => engine.nearest(...args),
    async compile(...args) {
      const evaluator = await engine.compile(...args);
      return {
        async evaluate(rgb) {
          const { values, gradient } = await evaluator.evaluate(rgb);
          const result = { values: [...values], gradient: gradient.slice() };
          change(result);
          return result;
        },
        dispose: () => evaluator.dispose(),
      };
    },
    dispose: () => engine.dispose(),
  };
}

const small = { compareSide: 16, speedSide: 32 };

describe('an engine that is tried', () => {
  it('is measured against the reference', async () => {
    expect(await tryEngine(cpu(), cpu(), small)).toBeGreaterThan(0);
  });

  it('may differ from it as multiplication with 10 bits does', async () => {
    const engine = altered(({ gradient }) => {
      for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i] as number) * (1 + 2 ** -10);
    });
    expect(await tryEngine(engine, cpu(), small)).toBeGreaterThan(0);
  });

  it.each<[string, Parameters<typeof altered>[0]]>([
    ['a wrong gradient', ({ gradient }) => void gradient.fill(0, 0, 40)],
    [
      'a wrong value',
      ({ values }) => {
        values[1] = 1.02 * (values[1] as number);
      },
    ],
    ['a value that is no number', ({ values }) => void values.fill(Number.NaN)],
    ['a gradient that is no number', ({ gradient }) => void gradient.fill(Number.NaN, 7, 8)],
  ])('is refused for %s', async (_what, change) => {
    await expect(tryEngine(altered(change), cpu(), small)).rejects.toMatchObject({ code: 'engine-failed' });
  });
});
