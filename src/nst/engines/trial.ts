import { ImpastoError } from '../errors.ts';
import { PLACE } from '../graph/features.ts';
import type { Columns } from '../graph/nearest.ts';
import type { Picture } from '../image/picture.ts';
import { contentTerm } from '../losses/content.ts';
import { gramTerm } from '../losses/gram.ts';
import { neighbourTerm } from '../losses/neighbour.ts';
import { stack, turnIntoDirections } from '../matching.ts';
import type { LayerName } from '../network.ts';
import type { Objective } from '../objective.ts';
import { seededRandom } from '../random.ts';
import { relativeError } from '../vector.ts';
import type { Engine, TermValues } from './engine.ts';

/** Options of {@link tryEngine}. */
export interface TrialOptions {
  /** Side of the square on which results are compared, in pixels; default 32. */
  readonly compareSide?: number;
  /** Side of the square on which speed is measured, in pixels; default 256. */
  readonly speedSide?: number;
}

const DEFAULTS = { compareSide: 32, speedSide: 256 } as const;
/**
 * Relative error of each term's value and of the gradient, at most. NVIDIA's tensor cores multiply with 10 bits of
 * mantissa, and a rectifier whose input is within rounding of 0 may open on one engine only; an engine that is wrong is
 * so by far more.
 */
const TOLERANCE = 1e-2;
/** An evaluation on the small square that takes so many times as long as the reference's, and so long, settles it. */
const HOPELESS = { ratio: 4, ms: 250 } as const;
const STYLE_LAYERS: readonly LayerName[] = ['relu1_1', 'relu2_1', 'relu3_1'];
const CONTENT_LAYER = 'relu3_4';

/**
 * Tries an engine beside one that is known to be right: evaluates the same small objective with both.
 *
 * @returns how many times as fast as the reference it is, measured warm; from the small square alone where it is
 *   much slower there
 * @throws ImpastoError `engine-failed` when its results are not those of the reference, and what the engines throw
 */
export async function tryEngine(
  engine: Engine,
  reference: Engine,
  options: TrialOptions = {},
): Promise<number> {
  const { compareSide, speedSide } = { ...DEFAULTS, ...options };
  const small = { objective: await trialObjective(reference, compareSide), side: compareSide };
  const [right, given] = [await evaluations(reference, small), await evaluations(engine, small)];
  const error = Math.max(
    ...right.result.values.map((value, index) =>
      relativeError([given.result.values[index] as number], [value]),
    ),
    relativeError(given.result.gradient, right.result.gradient),
    relativeError(...(await similarities(engine, reference, compareSide))),
  );
  // Written so that a result that is no number is not within the tolerance.
  if (!(error <= TOLERANCE)) {
    throw new ImpastoError('engine-failed', `${engine.name} gives other results than the CPU.`, {
      advice: 'Update the driver of the GPU; paint on the CPU until then (IMPASTO_ENGINE=onnx-cpu).',
    });
  }
  if (given.ms > HOPELESS.ms && given.ms > HOPELESS.ratio * right.ms) return right.ms / given.ms;
  const large = { objective: await trialObjective(reference, speedSide), side: speedSide };
  return (await evaluations(reference, large)).ms / (await evaluations(engine, large)).ms;
}

/** Milliseconds of an evaluation of the layers that engines are tried with, measured warm. */
export async function evaluationMs(engine: Engine, side: number): Promise<number> {
  return (await evaluations(engine, { objective: await trialObjective(engine, side), side })).ms;
}

/** Terms of all kinds as a painting has them, whose targets the reference has measured on other pictures. */
async function trialObjective(engine: Engine, side: number): Promise<Objective> {
  const pooling = 'average';
  const { activations } = await engine.features(noise(side, 2), { pooling, activations: [CONTENT_LAYER] });
  const request = { pooling, grams: STYLE_LAYERS, places: STYLE_LAYERS } as const;
  const { grams, places } = await engine.features(noise(side, 3), request);
  const count = (side / PLACE) ** 2;
  const indices = Float32Array.from({ length: count }, (_, place) => (7 * place) % count);
  return {
    pooling,
    terms: [
      contentTerm(CONTENT_LAYER, activations.get(CONTENT_LAYER) as Float32Array, 1e-3),
      ...STYLE_LAYERS.map((layer) => {
        const target = grams.get(layer) as Float32Array;
        return gramTerm(layer, target, 1 / target.reduce((a, b) => a + b * b, 1));
      }),
      neighbourTerm({ candidates: places, indices }, 1),
    ],
  };
}

/** What each engine finds most similar to places of one picture among those of another, measured by the reference. */
async function similarities(
  engine: Engine,
  reference: Engine,
  side: number,
): Promise<[Float32Array, Float32Array]> {
  const [queries, candidates] = await Promise.all(
    [2, 3].map(async (seed) => {
      const { places } = await reference.features(noise(side, seed), {
        pooling: 'average',
        places: STYLE_LAYERS,
      });
      return turnIntoDirections(stack([...places.values()]));
    }),
  );
  const found = async (each: Engine) =>
    (await each.nearest(queries as Columns, candidates as Columns)).similarities;
  return [await found(engine), await found(reference)];
}

/** Evaluates three times: the first allocates and compiles, the faster of the others is the time. */
async function evaluations(
  engine: Engine,
  { objective, side }: { objective: Objective; side: number },
): Promise<{ result: TermValues; ms: number }> {
  const evaluator = await engine.compile(objective, side, side);
  try {
    const { rgb } = noise(side, 1);
    const result = await evaluator.evaluate(rgb);
    let ms = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 2; i++) {
      const started = performance.now();
      await evaluator.evaluate(rgb);
      ms = Math.min(ms, performance.now() - started);
    }
    return { result, ms };
  } finally {
    await evaluator.dispose();
  }
}

function noise(side: number, seed: number): Picture {
  const random = seededRandom(seed);
  return { width: side, height: side, rgb: Float32Array.from({ length: 3 * side * side }, random) };
}
