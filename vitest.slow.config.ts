import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { noPostgres } from './test/support/postgres.ts';
import { noRedis } from './test/support/redis.ts';

const missing = noRedis || noPostgres;
if (missing) console.warn(`The bot is not tested on Redis and PostgreSQL. ${missing}`);

const project = (test: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration => ({
  test: {
    setupFiles: ['test/support/loopback-only.ts'],
    testTimeout: 240_000,
    hookTimeout: 60_000,
    // As long as a machine with other work may take for anything.
    expect: { poll: { timeout: 30_000 } },
    ...test,
  },
});

/** Tests of the bot that start no instance, or one with a database of its own: they would do the same twice. */
const ANYWHERE = [
  'actions',
  'busy-database.slow',
  'readiness',
  'elsewhere.slow',
  'handover',
  'limits',
  'options',
  'privacy',
  'speed',
  'text',
];

/**
 * What takes long: tests that say so by their name, and, where there are such servers, the bot's tests on Redis and
 * PostgreSQL.
 */
export default defineConfig({
  test: {
    globalSetup: ['test/support/built.ts'],
    maxWorkers: 1,
    projects: [
      project({ name: 'slow', include: ['test/**/*.slow.test.ts'] }),
      ...(missing
        ? []
        : [
            project({
              name: 'bot on servers',
              include: ['test/bot/**/*.test.ts'],
              exclude: ANYWHERE.map((name) => `test/bot/${name}.test.ts`),
              globalSetup: ['test/support/distributed.ts'],
            }),
          ]),
    ],
  },
});
