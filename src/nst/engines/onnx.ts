import { setImmediate } from 'node:timers/promises';
import './quiet-runtime.ts';
import * as ort from 'onnxruntime-node';
import { stopIfAborted } from '../abort.ts';
import { featureGraph } from '../graph/features.ts';
import { type Columns, nearestGraph } from '../graph/nearest.ts';
import { activations, type ConvConstants, loadConstants, type Seen } from '../graph/network.ts';
import { objectiveGraph } from '../graph/objective.ts';
import { encodeModel } from '../graph/onnx.ts';
import { input } from '../graph/operations.ts';
import type { Shape, Tensor } from '../graph/tensor.ts';
import type { Picture } from '../image/picture.ts';
import type { Features, Nearest } from '../losses/loss.ts';
import type { ConvName, LayerName, LoadWeights, Network } from '../network.ts';
import { layersOfTerms, type Objective } from '../objective.ts';
import type { Engine, Evaluator, FeatureRequest, TermValues } from './engine.ts';
import { engineFailure } from './failure.ts';
import { collectFeatures, NEAREST_ROWS, nearestInBlocks, wantedLayers } from './measuring.ts';

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
      // A plan made beforehand takes half as much again (bench/README.md, “Memory”), and no less time.
      enableMemPattern: false,
      ...(threads !== undefined && { intraOpNumThreads: threads }),
    };
  }

  async features(picture: Picture, request: FeatureRequest, signal?: AbortSignal): Promise<Features> {
    stopIfAborted(signal);
    const image = input('picture', [1, 3, picture.height, picture.width]);
    const wanted = wantedLayers(request);
    const layers = await this.#activations(image, request.pooling, wanted.all, signal);
    const outputs = featureGraph(wanted, layers, picture.width);
    const session = await this.#session(outputs);
    try {
      const results = await run(session, { picture: tensor(picture.rgb, image.shape) });
      return collectFeatures(wanted, outputs, (name) => floats(results, name));
    } finally {
      await session.release();
    }
  }

  async nearest(queries: Columns, candidates: Columns, signal?: AbortSignal): Promise<Nearest> {
    const rows = Math.min(queries.count, NEAREST_ROWS);
    const session = await this.#session({ ...nearestGraph(candidates, rows) });
    try {
      return await nearestInBlocks(queries, rows, async (block) => {
        stopIfAborted(signal);
        await setImmediate();
        const results = await run(session, { queries: tensor(block, [queries.dimensions, rows]) });
        return { indices: floats(results, 'index'), similarities: floats(results, 'similarity') };
      });
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
