import type { Engine } from '../../src/nst/engines/engine.ts';
import { ImpastoError } from '../../src/nst/errors.ts';

/** An engine under another name whose evaluations fail after so many, as those of a device that is lost. */
export function failingEngine(
  engine: Engine,
  evaluations: number,
  error = new ImpastoError('engine-failed', 'The device is lost.', { advice: 'Try again.' }),
): Engine {
  let left = evaluations;
  return {
    name: 'onnx/failing',
    network: engine.network,
    features: (...args) => engine.features(...args),
    async compile(...args) {
      const evaluator = await engine.compile(...args);
      return {
        async evaluate(rgb) {
          if (left === 0) throw error;
          left -= 1;
          return evaluator.evaluate(rgb);
        },
        dispose: () => evaluator.dispose(),
      };
    },
    dispose: () => engine.dispose(),
  };
}
