import { ImpastoError } from '../errors.ts';
import type { Engine, Evaluator } from './engine.ts';

/** An engine was given up for the next. */
export interface Fallback {
  /** Name of the engine that failed. */
  readonly from: string;
  /** Name of the engine that goes on. */
  readonly to: string;
  /** `engine-failed` or `out-of-memory`, or `engine-missing` where it could not be opened. */
  readonly error: ImpastoError;
}

/**
 * An engine that goes on with the next when one fails or lacks memory. The work at hand is done again there, on the
 * same numbers: not even an evaluation is lost, and an optimiser does not notice. An engine that has failed is not
 * tried again. What the last engine throws is thrown.
 *
 * @param engines - of the same network, one at least; disposed of with this one
 * @param onFallback - told before the next engine begins
 */
export function fallbackEngine(
  engines: readonly [Engine, ...Engine[]],
  onFallback: (fallback: Fallback) => void = () => {},
): Engine {
  let current = 0;
  const at = (index: number) => engines[index] as Engine;

  /** The engine after the one that failed; throws the error when it is not one to go on after, or none is left. */
  const after = (failed: number, error: unknown): number => {
    const lost =
      error instanceof ImpastoError && (error.code === 'engine-failed' || error.code === 'out-of-memory');
    if (!lost || failed + 1 === engines.length) throw error;
    // Two evaluators may fail on the same engine: it is given up once.
    if (failed < current) return current;
    current = failed + 1;
    onFallback({ from: at(failed).name, to: at(current).name, error });
    return current;
  };
  const attempt = async <Result>(work: (engine: Engine, index: number) => Promise<Result>) => {
    for (let index = current; ; ) {
      try {
        return await work(at(index), index);
      } catch (error) {
        index = after(index, error);
      }
    }
  };

  return {
    get name() {
      return at(current).name;
    },
    network: at(0).network,
    features: (...args) => attempt((engine) => engine.features(...args)),
    nearest: (...args) => attempt((engine) => engine.nearest(...args)),
    async compile(...args) {
      /** The evaluator and the index of its engine. */
      const compiled = () =>
        attempt(async (engine, index) => ({ evaluator: await engine.compile(...args), index }));
      /** None between two engines, for good where none of the others can compile. */
      let held: { readonly evaluator: Evaluator; readonly index: number } | undefined = await compiled();
      const release = async () => {
        const { evaluator } = held ?? {};
        held = undefined;
        await evaluator?.dispose();
      };
      return {
        async evaluate(rgb) {
          for (;;) {
            held ??= await compiled();
            try {
              return await held.evaluator.evaluate(rgb);
            } catch (error) {
              after(held.index, error);
              // What a lost device still holds cannot always be freed.
              await release().catch(() => {});
            }
          }
        },
        dispose: release,
      };
    },
    async dispose() {
      for (const engine of engines) await engine.dispose();
    },
  };
}
