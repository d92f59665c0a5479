import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/**
 * The environment of a new installation on the servers that the tests run with: a database and a place in Redis of its
 * own; empty where tests run without servers.
 */
export async function backend(): Promise<Record<string, string>> {
  const servers = inject('servers');
  if (!servers) return {};
  const id = randomUUID();
  const client = new pg.Client(servers.postgres);
  await client.connect();
  await client.query(`create database "${id}"`);
  await client.end();
  const database = new URL(servers.postgres);
  database.pathname = id;
  return {
    IMPASTO_REDIS_URL: servers.redis,
    IMPASTO_REDIS_PREFIX: id,
    IMPASTO_DATABASE_URL: database.href,
  };
}
