import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { withoutSecrets } from '../processes/environment.ts';

const PATIENCE_MS = 10_000;

/**
 * The CUDA devices of this machine, each as CUDA_VISIBLE_DEVICES names it: those that this variable allows, else those
 * that NVIDIA's tool lists. None where there is neither.
 *
 * @param listed - what `nvidia-smi -L` prints; default by running it
 */
export async function cudaDevices(
  environment: NodeJS.ProcessEnv = process.env,
  listed: () => Promise<string> = nvidiaSmi,
): Promise<string[]> {
  const { CUDA_VISIBLE_DEVICES: visible } = environment;
  if (visible !== undefined)
    return visible
      .split(',')
      .map((device) => device.trim())
      .filter(Boolean);
  const lines = (await listed().catch(() => '')).split('\n');
  return lines.flatMap((line) => /^GPU (\d+):/.exec(line)?.[1] ?? []);
}

async function nvidiaSmi(): Promise<string> {
  return (
    await promisify(execFile)('nvidia-smi', ['-L'], {
      timeout: PATIENCE_MS,
      env: withoutSecrets(process.env),
    })
  ).stdout;
}
