import { defineConfig } from 'vitest/config';

/** What is tested beyond one machine: the whole bot on Redis and PostgreSQL, and what happens when a part dies. */
export default defineConfig({
  test: {
    include: ['test/bot/**/*.test.ts', 'test/faults/**/*.test.ts'],
    globalSetup: ['test/support/distributed.ts'],
    setupFiles: ['test/support/loopback-only.ts'],
    testTimeout: 240_000,
    // As long as a machine with other work may take for anything.
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 60_000,
    maxWorkers: 1,
  },
});
