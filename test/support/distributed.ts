import type { TestProject } from 'vitest/node';
import { noPostgres, PostgresServer } from './postgres.ts';
import { noRedis, RedisServer } from './redis.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The servers that instances of the bot are to use; undefined where each has a machine to itself. */
    readonly servers: { readonly redis: string; readonly postgres: string } | undefined;
  }
}

/** Starts what the distributed configuration needs, for all tests. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (noRedis || noPostgres) throw new Error(String(noRedis || noPostgres));
  const redis = await RedisServer.start();
  const postgres = await PostgresServer.start();
  project.provide('servers', { redis: redis.url, postgres: postgres.urlOf('postgres') });
  return async () => {
    await redis.stop();
    await postgres.dispose();
  };
}
