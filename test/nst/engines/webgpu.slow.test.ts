import { describe, vi } from 'vitest';
import { onnxEngine } from '../../../src/nst/engines/onnx.ts';
import { webgpuWorks } from '../../support/software-gpu.ts';
import { describeEngine } from './contract.ts';

// The driver in software takes seconds for what a device does in milliseconds.
vi.setConfig({ testTimeout: 600_000 });

const works = await webgpuWorks();

describe.skipIf(!works)(
  works
    ? 'on a Vulkan driver'
    : 'without a Vulkan driver (Debian: apt-get install chromium libvulkan1), not tested:',
  () => describeEngine('onnx/webgpu', (options) => onnxEngine({ ...options, device: 'webgpu' })),
);
