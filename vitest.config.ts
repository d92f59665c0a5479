import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those of vitest.slow.config.ts.
    exclude: [...configDefaults.exclude, 'test/**/*.slow.test.ts'],
    globalSetup: ['test/support/built.ts'],
    setupFiles: ['test/support/loopback-only.ts'],
    testTimeout: 60_000,
    // As long as a machine with other work may take for anything.
    expect: { poll: { timeout: 30_000 } },
    // One more than the cores of a small machine: tests wait for processes and servers a quarter of their time.
    maxWorkers: 3,
  },
});
