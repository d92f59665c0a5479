import type { LoadWeights, Network } from '../network.ts';
import type { Engine } from './engine.ts';
import { type OnnxDevice, onnxEngine } from './onnx.ts';
import { tfjsEngine } from './tfjs.ts';

/** Every engine that there is, the one expected to be fastest first; the last works on every machine. */
export const ENGINE_KINDS = ['onnx-cuda', 'onnx-coreml', 'onnx-webgpu', 'tfjs', 'onnx-cpu'] as const;

/** An engine by the name that settings give it. */
export type EngineKind = (typeof ENGINE_KINDS)[number];

/** How people know what an engine computes on. */
export const ENGINE_LABELS = {
  'onnx-cuda': 'the NVIDIA GPU (CUDA)',
  'onnx-coreml': 'the Apple GPU (CoreML)',
  'onnx-webgpu': 'the GPU (WebGPU)',
  tfjs: 'TensorFlow',
  'onnx-cpu': 'the CPU',
} as const satisfies Record<EngineKind, string>;

/** {@link ENGINE_LABELS} for the name of an open engine, such as `onnx/cuda`. */
export function labelOf(name: string): string {
  const kind = ENGINE_KINDS.find((each) => name.startsWith(each.replace('-', '/')));
  return kind ? ENGINE_LABELS[kind] : name;
}

/** Options of {@link openEngine}. */
export interface OpenEngineOptions {
  readonly network: Network;
  readonly loadWeights: LoadWeights;
  /** Threads that one evaluation uses on the CPU; all physical cores by default. */
  readonly threads?: number | undefined;
}

/**
 * Opens an engine. Whether its device works shows with its first call.
 *
 * @throws ImpastoError `engine-missing`, `engine-failed` where TensorFlow.js cannot be loaded
 */
export async function openEngine(
  kind: EngineKind,
  { network, loadWeights, threads }: OpenEngineOptions,
): Promise<Engine> {
  if (kind === 'tfjs') return tfjsEngine({ network, loadWeights });
  const device = kind.slice('onnx-'.length) as OnnxDevice;
  return onnxEngine({ network, loadWeights, device, ...(threads !== undefined && { threads }) });
}
