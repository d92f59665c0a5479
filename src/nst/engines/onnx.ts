import { setImmediate } from 'node:timers/promises';
import './quiet-runtime.ts';
import * as ort from 'onnxruntime-node';
import { stopIfAborted } from '../abort.ts';
import { activations, type ConvConstants, loadConstants, type Seen } from '../graph/network.ts';
import { gramMatrix, mapped, objectiveGraph } from '../graph/objective.ts';
import { encodeModel } from '../graph/onnx.ts';
import { input } from '../graph/operations.ts';
import type { Shape, Tensor } from '../graph/tensor.ts';
import type { Picture } from '../image/picture.ts';
import type { ConvName, LayerName, LoadWeights, Network } from '../network.ts';
import { layersOfTerms, type Objective } from '../objective.ts';
import type { Engine, Evaluator, FeatureRequest, Features, TermValues } from './engine.ts';
import { engineFailure } from './failure.ts';

/** What ONNX Runtime may compute on: its execution providers of these names. */
export type OnnxDevice = 'cpu' | 'webgpu' | 'cuda' | 'coreml';

/** Options of {@link onnxEngine}. */
export interface OnnxEngineOptions {
  readonly network: Network;
  readonly loadWeights: LoadWeights;
  /** Default `cpu`. Operations that another device lacks are computed on the CPU, too. */
  readonly device?: OnnxDevice;
  /** Which of several CUDA devices, from 0; the first by default. Other providers choose by themselves. */
  readonly deviceId?: number;
  /** Threads that one evaluation uses on the CPU; all physical cores by default. */
  readonly threads?: number;
}

/**
 * The engine on ONNX Runtime. A session computes the loss and its gradient in one inference run.
 * The runtime computes on the calling thread: between two evaluations the event loop gets a turn. A device that is
 * not there makes the first call fail with `engine-failed`.
 */
export function onnxEngine(options: OnnxEngineOptions): Engine {
  return new OnnxEngine(options);
}

class OnnxEngine implements Engine {
  readonly name: string;
  readonly network: Network;
  readonly #loadWeights: LoadWeights;
  readonly #sessionOptions: ort.InferenceSession.SessionOptions;
  readonly #weights = new Map<ConvName, ConvConstants>();

  constructor({ network, loadWeights, device = 'cpu', deviceId, threads }: OnnxEngineOptions) {
    this.name = `onnx/${device}`;
    this.network = network;
    this.#loadWeights = loadWeights;
    this.#sessionOptions = {
      executionProviders: [deviceId === undefined ? device : { name: device, deviceId }],
      graphOptimizationLevel: 'all',
      ...(threads !== undefined && { intraOpNumThreads: threads }),
    };
  }

  async features(picture: Picture, request: FeatureRequest, signal?: AbortSignal): Promise<Features> {
    stopIfAborted(signal);
    const { activations: wanted = [], grams = [], pooling } = request;
    const image = input('picture', [1, 3, picture.height, picture.width]);
    const layers = await this.#activations(image, pooling, [...wanted, ...grams], signal);
    const outputs: Record<string, Tensor> = {};
    for (const name of wanted) outputs[name] = mapped(layers.get(name) as Seen);
    for (const name of grams) outputs[`gram_${name}`] = gramMatrix(layers.get(name) as Seen);
    const session = await this.#session(outputs);
    try {
      const results = await run(session, { picture: tensor(picture.rgb, image.shape) });
      const collect = (names: readonly LayerName[], prefix: string) =>
        new Map(names.map((name) => [name, floats(results, prefix + name)]));
      return { activations: collect(wanted, ''), grams: collect(grams, 'gram_') };
    } finally {
      await session.release();
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
    const { outputs, feeds } = objectiveGraph(objective, image, layers);
    const session = await this.#session(outputs);
    const fixed = Object.fromEntries(
      Object.entries(feeds).map(([name, { data, shape }]) => [name, tensor(data, shape)]),
    );
    return {
      async evaluate(rgb): Promise<TermValues> {
        await setImmediate();
        const results = await run(session, { ...fixed, picture: tensor(rgb, image.shape) });
        const values = objective.terms.map((_, index) => floats(results, `value${index}`)[0] as number);
        return { values, gradient: floats(results, 'gradient') };
      },
      dispose: () => session.release(),
    };
  }

  async dispose(): Promise<void> {
    this.#weights.clear();
  }

  async #activations(
    image: Tensor,
    pooling: Objective['pooling'],
    names: readonly LayerName[],
    signal: AbortSignal | undefined,
  ): Promise<Map<LayerName, Seen>> {
    await loadConstants(this.network, names, this.#loadWeights, this.#weights, signal);
    return activations(this.network, this.#weights, image, pooling, names);
  }

  async #session(outputs: Record<string, Tensor>): Promise<ort.InferenceSession> {
    try {
      return await ort.InferenceSession.create(encodeModel(outputs), this.#sessionOptions);
    } catch (cause) {
      throw engineFailure(cause);
    }
  }
}

async function run(session: ort.InferenceSession, feeds: Record<string, ort.Tensor>) {
  try {
    return await session.run(feeds);
  } catch (cause) {
    throw engineFailure(cause);
  }
}

function tensor(data: Float32Array, shape: Shape): ort.Tensor {
  return new ort.Tensor('float32', data, [...shape]);
}

function floats(results: ort.InferenceSession.OnnxValueMapType, name: string): Float32Array {
  return results[name]?.data as Float32Array;
}
