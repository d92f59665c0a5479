import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { EngineKind } from '../nst/engines/kinds.ts';
import { installCommand, TENSORFLOW_PACKAGES } from '../nst/engines/tfjs/packages.ts';
import type { Probe } from './probe.ts';

/** What keeps an engine from being used, in plain words, and the command that mends it. */
export interface Diagnosis {
  readonly problem: string;
  /** Empty where nothing can be done. */
  readonly advice: string;
}

/** What a diagnosis looks at. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Names in a folder, in order; none where it is not there or cannot be read. */
  list(folder: string): readonly string[];
  /** Folder of ONNX Runtime's libraries. */
  readonly runtimeFolder: string;
  /** Whether a package can be found. */
  isInstalled(name: string): boolean;
}

/** This machine. */
export function thisMachine(): Machine {
  const { platform, arch } = process;
  const require = createRequire(import.meta.url);
  const runtime = require.resolve('onnxruntime-node/package.json');
  return {
    platform,
    arch,
    list,
    runtimeFolder: path.join(path.dirname(runtime), 'bin', 'napi-v6', platform, arch),
    isInstalled: (name) => {
      try {
        return require.resolve(name) !== '';
      } catch {
        return false;
      }
    },
  };
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

const VULKAN_DRIVERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/** What keeps an engine from being used as can be seen without trying it; undefined where it is worth a try. */
export function obstacle(kind: EngineKind, machine: Machine = thisMachine()): Diagnosis | undefined {
  const { platform, arch, list, runtimeFolder, isInstalled } = machine;
  if (kind === 'onnx-coreml' && platform !== 'darwin') return elsewhere('macOS');
  if (kind === 'tfjs' && !TENSORFLOW_PACKAGES.some(isInstalled)) {
    return {
      problem: 'TensorFlow.js is not installed.',
      advice: `Run: ${installCommand(TENSORFLOW_PACKAGES.slice(0, 1))}`,
    };
  }
  if (kind !== 'onnx-cuda') return undefined;
  if (platform !== 'linux' || arch !== 'x64') return elsewhere('Linux on x86-64');
  if (!hasNvidiaDriver(machine)) {
    return {
      problem: 'There is no NVIDIA GPU, or no driver for it.',
      advice:
        'With one: install its driver (Debian: apt-get install nvidia-driver), restart, and see that nvidia-smi lists it; in a container, start it with --gpus all',
    };
  }
  if (list(runtimeFolder).includes('libonnxruntime_providers_cuda.so')) return undefined;
  return {
    problem: 'ONNX Runtime’s CUDA libraries are not installed.',
    advice: 'Run: npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12',
  };
}

/** Says why an engine that was tried cannot be used. */
export function diagnose({ kind, failure, detail }: Probe, machine: Machine = thisMachine()): Diagnosis {
  const lacking =
    kind === 'onnx-cuda'
      ? lackingCuda(detail)
      : kind === 'onnx-webgpu'
        ? lackingVulkan(machine, detail)
        : undefined;
  return lacking ?? { problem: failure?.message ?? 'It did not work.', advice: failure?.advice ?? '' };
}

function elsewhere(system: string): Diagnosis {
  return { problem: `It needs ${system}.`, advice: '' };
}

function lackingCuda(detail: string): Diagnosis | undefined {
  const library = missingLibrary(detail);
  if (!library) return undefined;
  return {
    problem: `A library of CUDA 12 or cuDNN 9 is missing: ${library}.`,
    advice: 'From NVIDIA’s package source: apt-get install cuda-libraries-12-8 libcudnn9-cuda-12',
  };
}

function lackingVulkan(machine: Machine, detail: string): Diagnosis | undefined {
  const { platform, list } = machine;
  // Anything else than the search for a device is no lack of a driver.
  if (platform !== 'linux' || !/adapter/i.test(detail)) return undefined;
  if (!list('/dev/dri').some((name) => name.startsWith('render')) && !hasNvidiaDriver(machine)) {
    return {
      problem: 'There is no GPU that this system sees.',
      advice: 'With one: install its driver; in a container, start it with --device /dev/dri',
    };
  }
  if (missingLibrary(detail)?.startsWith('libvulkan')) {
    return {
      problem: 'The Vulkan loader is missing.',
      advice: 'Debian, Ubuntu: apt-get install libvulkan1; Fedora: dnf install vulkan-loader',
    };
  }
  if (!VULKAN_DRIVERS.some((folder) => list(folder).length > 0)) {
    return {
      problem: 'There is no Vulkan driver.',
      advice:
        'AMD, Intel: apt-get install mesa-vulkan-drivers; NVIDIA: its own driver (Debian: apt-get install nvidia-driver)',
    };
  }
  return {
    problem: 'The GPU’s Vulkan driver offers no device that WebGPU can use.',
    advice:
      'This user has to be in the group render: sudo usermod -aG render "$USER", then log in again. If it is, update the driver; `vulkaninfo --summary` (Debian: vulkan-tools) lists what it offers',
  };
}

/** Whether NVIDIA's driver runs here; WSL shows Windows's. */
function hasNvidiaDriver({ list }: Machine): boolean {
  return list('/proc/driver').includes('nvidia') || list('/dev').includes('dxg');
}

/** The shared library that could not be loaded, by what the loader said. */
function missingLibrary(detail: string): string | undefined {
  return /(lib[\w.+-]+\.so[\w.]*): cannot open shared object file/.exec(detail)?.[1];
}
