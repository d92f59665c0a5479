import type { Engine } from '../../src/nst/engines/engine.ts';
import { ImpastoError } from '../../src/nst/errors.ts';

const LOST = new ImpastoError('engine-failed', 'The device is lost.', { advice: 'Try again.' });

/**
 * An engine under another name whose evaluations fail after so many, as those of a device that is lost.
 *
 * @param failure - what they throw, or do
 */
export function failingEngine(
  engine: Engine,
  evaluations: number,
  failure: ImpastoError | (() => void) = LOST,
): Engine {
  let left = evaluations;
  return {
    name: 'onnx/failing',
    network: engine.network,
    features: (...args) => engine.features(...args),
    nearest: (...args) => engine.nearest(...args),
    async compile(...args) {
      const evaluator = await engine.compile(...args);
      return {
        async evaluate(rgb) {
          if (left === 0) {
            if (failure instanceof ImpastoError) throw failure;
            failure();
          } else left -= 1;
          return evaluator.evaluate(rgb);
        },
        dispose: () => evaluator.dispose(),
      };
    },
    dispose: () => engine.dispose(),
  };
}
