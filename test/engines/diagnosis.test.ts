import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { cudaDevices } from '../../src/engines/devices.ts';
import { diagnose, type Machine, obstacle, thisMachine } from '../../src/engines/diagnosis.ts';
import { machineKey } from '../../src/engines/outcomes.ts';
import type { Probe } from '../../src/engines/probe.ts';
import type { EngineKind } from '../../src/nst/engines/kinds.ts';

/** A Linux machine with these folders. */
const machine = (folders: Record<string, string[]> = {}, more: Partial<Machine> = {}): Machine => ({
  platform: 'linux',
  arch: 'x64',
  list: (folder) => folders[folder] ?? [],
  runtimeFolder: '/runtime',
  isInstalled: () => false,
  ...more,
});
const failed = (kind: EngineKind, detail: string): Probe => ({
  kind,
  detail,
  failure: { message: 'It failed.', advice: 'Try again.' },
  measured: [],
});

const nvidia = { '/proc/driver': ['nvidia'] };
const gpu = { '/dev/dri': ['card0', 'renderD128'] };
const noAdapter = 'Failed to get a WebGPU adapter: No supported adapters';
const noLoader = `Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file: No such file or directory\n${noAdapter}`;

describe('what keeps an engine from being used, as can be seen', () => {
  it.each<[string, EngineKind, Machine, string, string]>([
    ['CoreML elsewhere than on macOS', 'onnx-coreml', machine(), 'macOS', ''],
    ['CUDA on another processor', 'onnx-cuda', machine(nvidia, { arch: 'arm64' }), 'x86-64', ''],
    ['CUDA without a driver', 'onnx-cuda', machine(), 'no driver', 'nvidia-driver'],
    ['CUDA without its libraries', 'onnx-cuda', machine(nvidia), 'libraries', 'npm rebuild onnxruntime-node'],
    [
      'TensorFlow.js that is not installed',
      'tfjs',
      machine(),
      'not installed',
      'npm install --no-save --save-prod @tensorflow/tfjs-node-gpu@4',
    ],
  ])('is told for %s', (_what, kind, on, problem, advice) => {
    const found = obstacle(kind, on);
    expect(found?.problem).toContain(problem);
    expect(found?.advice).toContain(advice);
  });

  it.each<[string, EngineKind, Machine]>([
    [
      'CUDA with driver and libraries',
      'onnx-cuda',
      machine({ ...nvidia, '/runtime': ['libonnxruntime_providers_cuda.so'] }),
    ],
    [
      'CUDA under WSL',
      'onnx-cuda',
      machine({ '/dev': ['dxg'], '/runtime': ['libonnxruntime_providers_cuda.so'] }),
    ],
    ['WebGPU anywhere', 'onnx-webgpu', machine()],
    ['CoreML on macOS', 'onnx-coreml', machine({}, { platform: 'darwin' })],
    [
      'TensorFlow.js that is installed',
      'tfjs',
      machine({}, { isInstalled: (name) => name.endsWith('tfjs-node') }),
    ],
    ['the CPU', 'onnx-cpu', machine()],
  ])('is nothing for %s', (_what, kind, on) => {
    expect(obstacle(kind, on)).toBeUndefined();
  });
});

describe('the diagnosis of an engine that failed when it was tried', () => {
  it.each<[string, Probe, Machine, string, string]>([
    ['no GPU', failed('onnx-webgpu', noAdapter), machine(), 'no GPU', '--device /dev/dri'],
    [
      'no Vulkan loader',
      failed('onnx-webgpu', noLoader),
      machine(gpu),
      'loader',
      'apt-get install libvulkan1',
    ],
    [
      'no Vulkan driver',
      failed('onnx-webgpu', noAdapter),
      machine(gpu),
      'no Vulkan driver',
      'mesa-vulkan-drivers',
    ],
    [
      'no permission, or a driver that is too old',
      failed('onnx-webgpu', noAdapter),
      machine({ ...gpu, '/usr/share/vulkan/icd.d': ['radeon_icd.x86_64.json'] }),
      'no device',
      'usermod -aG render',
    ],
    [
      'cuDNN that is missing',
      failed('onnx-cuda', 'libcudnn.so.9: cannot open shared object file: No such file or directory'),
      machine(nvidia),
      'libcudnn.so.9',
      'apt-get install',
    ],
    [
      'another failure',
      failed('onnx-webgpu', 'It gave other results.'),
      machine(),
      'It failed.',
      'Try again.',
    ],
  ])('names %s, and what mends it', (_what, probe, on, problem, advice) => {
    const found = diagnose(probe, on);
    expect(found.problem).toContain(problem);
    expect(found.advice).toContain(advice);
  });
});

describe('what outcomes depend on', () => {
  it('is the same for the same machine, and other for another device, driver or library path', () => {
    const key = machineKey({ HOME: '/' });
    expect(machineKey({ HOME: '/root', IMPASTO_THREADS: '3' })).toBe(key);
    expect(machineKey({ CUDA_VISIBLE_DEVICES: '1' })).not.toBe(key);
    expect(machineKey({ VK_ICD_FILENAMES: '/driver.json' })).not.toBe(key);
  });

  it('is not the name of the machine, which is another in each container', () => {
    const key = machineKey({});
    const name = vi.spyOn(os, 'hostname').mockReturnValue('another');
    onTestFinished(() => name.mockRestore());
    expect(machineKey({})).toBe(key);
  });
});

describe('this machine', () => {
  it('has nothing in a folder that cannot be read', () => {
    expect(thisMachine().list('/dev/null/nowhere')).toEqual([]);
    expect(thisMachine().list(fileURLToPath(import.meta.url))).toEqual([]);
  });
});

describe('the CUDA devices', () => {
  const listed = async () =>
    'GPU 0: NVIDIA A2 (UUID: GPU-1)\nGPU 1: NVIDIA A2 (UUID: GPU-2)\n  MIG 1g.5gb Device 0: (UUID: MIG-3)\n';

  it('are those that NVIDIA’s tool lists', async () => {
    expect(await cudaDevices({}, listed)).toEqual(['0', '1']);
  });

  it('are only those that the environment allows', async () => {
    expect(await cudaDevices({ CUDA_VISIBLE_DEVICES: '1, GPU-7' }, listed)).toEqual(['1', 'GPU-7']);
    expect(await cudaDevices({ CUDA_VISIBLE_DEVICES: '' }, listed)).toEqual([]);
  });

  it('are none where there is no such tool', async () => {
    const missing = async () => {
      throw new Error('ENOENT');
    };
    expect(await cudaDevices({}, missing)).toEqual([]);
  });
});
