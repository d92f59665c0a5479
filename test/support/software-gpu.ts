import { existsSync } from 'node:fs';
import os from 'node:os';
import { onnxEngine } from '../../src/nst/engines/onnx.ts';
import { totalVariationTerm } from '../../src/nst/losses/total-variation.ts';
import { loadTinyWeights, TINY } from './tiny-network.ts';

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * The environment in which WebGPU runs without a GPU, on the Vulkan driver in software that comes with Debian's
 * Chromium; empty where that is not installed. A process has to have it before it first looks for a device.
 */
export const softwareGpu: Readonly<Record<string, string>> = existsSync(SWIFTSHADER)
  ? { VK_ICD_FILENAMES: SWIFTSHADER, XDG_RUNTIME_DIR: os.tmpdir() }
  : {};

/** Gives this process that environment; returns whether WebGPU works in it. */
export async function webgpuWorks(): Promise<boolean> {
  Object.assign(process.env, softwareGpu);
  const engine = onnxEngine({ network: TINY, loadWeights: loadTinyWeights, device: 'webgpu' });
  try {
    const evaluator = await engine.compile({ pooling: 'average', terms: [totalVariationTerm(1)] }, 8, 8);
    await evaluator.dispose();
    return true;
  } catch {
    return false;
  } finally {
    await engine.dispose();
  }
}
