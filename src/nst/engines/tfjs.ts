import { setImmediate } from 'node:timers/promises';
import type { Tensor } from '@tensorflow/tfjs-core';
import { stopIfAborted } from '../abort.ts';
import { featureGraph } from '../graph/features.ts';
import { type Columns, nearestGraph } from '../graph/nearest.ts';
import { activations, type ConvConstants, loadConstants, type Seen } from '../graph/network.ts';
import { type Feeds, objectiveTerms } from '../graph/objective.ts';
import { input } from '../graph/operations.ts';
import type { Tensor as Expression } from '../graph/tensor.ts';
import { fromPlanar, type TensorFlow, toPlanar } from '../graph/tensorflow.ts';
import type { Picture } from '../image/picture.ts';
import type { Features, Nearest } from '../losses/loss.ts';
import type { ConvName, LayerName, LoadWeights, Network, Pooling } from '../network.ts';
import { layersOfTerms, type Objective } from '../objective.ts';
import type { Engine, Evaluator, FeatureRequest, TermValues } from './engine.ts';
import { engineFailure } from './failure.ts';
import { collectFeatures, NEAREST_ROWS, nearestInBlocks, wantedLayers } from './measuring.ts';
import { openBackend, type TfjsBackend } from './tfjs/backend.ts';
import { compute, type Held, read, upload } from './tfjs/compute.ts';

/** Options of {@link tfjsEngine}. */
export interface TfjsEngineOptions {
  readonly network: Network;
  readonly loadWeights: LoadWeights;
  /** Default `tensorflow`, from `@tensorflow/tfjs-node-gpu` or else `@tensorflow/tfjs-node`. */
  readonly backend?: TfjsBackend;
}

/**
 * The engine on TensorFlow.js, which differentiates the loss itself: the other engines' gradients can be checked
 * against it. Like them it computes on the calling thread; between two evaluations the event loop gets a turn.
 *
 * @throws ImpastoError `engine-missing` when no package that brings the backend is installed, `engine-failed` when
 *   it cannot be loaded.
 */
export async function tfjsEngine({
  network,
  loadWeights,
  backend = 'tensorflow',
}: TfjsEngineOptions): Promise<Engine> {
  return new TfjsEngine(await openBackend(backend), backend, network, loadWeights);
}

class TfjsEngine implements Engine {
  readonly name: string;
  readonly network: Network;
  readonly #tf: TensorFlow;
  readonly #backend: TfjsBackend;
  readonly #loadWeights: LoadWeights;
  readonly #weights = new Map<ConvName, ConvConstants>();
  /** The weights on the device, shared by what is computed with them. */
  readonly #held = new Map<Expression, Tensor>();

  constructor(tf: TensorFlow, backend: TfjsBackend, network: Network, loadWeights: LoadWeights) {
    this.name = `tfjs/${backend}`;
    this.network = network;
    this.#tf = tf;
    this.#backend = backend;
    this.#loadWeights = loadWeights;
  }

  async features(picture: Picture, request: FeatureRequest, signal?: AbortSignal): Promise<Features> {
    stopIfAborted(signal);
    const image = input('picture', [1, 3, picture.height, picture.width]);
    const wanted = wantedLayers(request);
    const layers = await this.#activations(image, request.pooling, wanted.all, signal);
    const outputs = featureGraph(wanted, layers, picture.width);
    const arrays = this.#values(outputs, { picture: { data: picture.rgb, shape: image.shape } });
    return collectFeatures(wanted, outputs, (name) => arrays[name] as Float32Array);
  }

  async nearest(queries: Columns, candidates: Columns, signal?: AbortSignal): Promise<Nearest> {
    const { dimensions, count } = queries;
    const rows = Math.min(count, NEAREST_ROWS);
    const { index, similarity } = nearestGraph(candidates, rows);
    const held = this.#run((tf) => upload(tf, [index], {}, this.#held));
    try {
      return await nearestInBlocks(queries, rows, async (block) => {
        stopIfAborted(signal);
        await setImmediate();
        const feeds = { queries: { data: block, shape: [dimensions, rows] } };
        const found = this.#values({ index, similarity }, feeds, held);
        return { indices: found.index as Float32Array, similarities: found.similarity as Float32Array };
      });
    } finally {
      this.#tf.dispose([...held.values()]);
    }
  }

  async compile(
    objective: Objective,
    width: number,
    height: number,
    signal?: AbortSignal,
  ): Promise<Evaluator> {
    stopIfAborted(signal);
    const image = input('picture', [1, 3, height, width]);
    const layers = await this.#activations(image, objective.pooling, layersOfTerms(objective), signal);
    const { values, feeds } = objectiveTerms(objective, image, layers);
    const own = this.#run((tf) => this.#upload(tf, values, feeds));
    const held = new Map([...this.#held, ...own]);
    const weights = objective.terms.map(({ weight }) => weight);
    return {
      evaluate: async (rgb): Promise<TermValues> => {
        await setImmediate();
        const [terms, gradient] = this.#run((tf) =>
          read(tf, () => {
            const valuesAt = (x: Tensor) =>
              tf.stack(compute(tf, values, new Map([...held, [image, fromPlanar(tf, x)]])));
            // With the weights as the adjoint of the terms’ values, the gradient is that of the weighted sum.
            const { value, grad } = tf.valueAndGrad(valuesAt)(
              tf.tensor(rgb, [...image.shape]),
              tf.tensor1d(weights),
            );
            return [value, grad];
          }),
        );
        return { values: [...(terms as Float32Array)], gradient: gradient as Float32Array };
      },
      dispose: async () => this.#tf.dispose([...own.values()]),
    };
  }

  async dispose(): Promise<void> {
    this.#weights.clear();
    this.#tf.dispose([...this.#held.values()]);
    this.#held.clear();
  }

  async #activations(
    image: Expression,
    pooling: Pooling,
    names: readonly LayerName[],
    signal: AbortSignal | undefined,
  ): Promise<Map<LayerName, Seen>> {
    await loadConstants(this.network, names, this.#loadWeights, this.#weights, signal);
    return activations(this.network, this.#weights, image, pooling, names);
  }

  /** The values of expressions, of which some leaves may be held already. */
  #values(outputs: Record<string, Expression>, feeds: Feeds, held?: Held): Record<string, Float32Array> {
    const roots = Object.values(outputs);
    return this.#run((tf) => {
      const before = new Map([...this.#held, ...(held ?? [])]);
      const own = this.#upload(tf, roots, feeds, before);
      try {
        const arrays = read(tf, () =>
          compute(tf, roots, new Map([...before, ...this.#held, ...own])).map((each) => toPlanar(tf, each)),
        );
        return Object.fromEntries(Object.keys(outputs).map((name, i) => [name, arrays[i] as Float32Array]));
      } finally {
        tf.dispose([...own.values()]);
      }
    });
  }

  /** Uploads what expressions need; the network's weights stay for others, the rest is the caller's to dispose of. */
  #upload(
    tf: TensorFlow,
    roots: readonly Expression[],
    feeds: Feeds,
    held: Held = this.#held,
  ): Map<Expression, Tensor> {
    const constants = [...this.#weights.values()];
    const weights = new Set(constants.flatMap(({ kernel, bias, map }) => [kernel, bias, map]));
    const own = new Map<Expression, Tensor>();
    for (const [leaf, tensor] of upload(tf, roots, feeds, held))
      (weights.has(leaf) ? this.#held : own).set(leaf, tensor);
    return own;
  }

  /** TensorFlow.js computes on one backend at a time, for the whole process; a computation is synchronous. */
  #run<T>(work: (tf: TensorFlow) => T): T {
    const tf = this.#tf;
    try {
      if (tf.getBackend() !== this.#backend) void tf.setBackend(this.#backend);
      return work(tf);
    } catch (cause) {
      throw engineFailure(cause);
    }
  }
}
