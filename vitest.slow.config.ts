import { defineConfig } from 'vitest/config';

const WEBGPU = 'test/nst/engines/webgpu.test.ts';

/**
 * What takes minutes: the whole bot on Redis and PostgreSQL, what happens when a part of it dies, and the engine on WebGPU,
 * whose driver is a program here.
 */
export default defineConfig({
  test: {
    include: ['test/bot/**/*.test.ts', 'test/faults/**/*.test.ts', WEBGPU],
    globalSetup: ['test/support/distributed.ts'],
    setupFiles: ['test/support/loopback-only.ts'],
    testTimeout: 240_000,
    // As long as a machine with other work may take for anything.
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 60_000,
    maxWorkers: 1,
  },
});
