import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli, startCli } from '../support/cli.ts';
import { noRedis, RedisServer } from '../support/redis.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-worker-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('impasto worker', () => {
  it('says what it needs when it has no server to take jobs from', async () => {
    const { code, stderr } = await runCli(['worker'], { env: { IMPASTO_DATA: folder } });
    expect(code).toBe(2);
    expect(stderr).toContain('IMPASTO_REDIS_URL is not set: there is nowhere to take jobs from.');
  });

  it('says so when it has no painters', async () => {
    const env = { IMPASTO_DATA: folder, IMPASTO_PAINTERS: '0', IMPASTO_REDIS_URL: 'redis://127.0.0.1:1' };
    const { code, stderr } = await runCli(['worker'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('IMPASTO_PAINTERS is 0');
  });
});

describe.skipIf(noRedis)(`impasto worker, with Redis${noRedis ? `: ${noRedis}` : ''}`, () => {
  const password = 'very-secret-word';
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start({ password });
  });
  afterAll(() => server.stop());
  const environment = (secret = password) => ({
    IMPASTO_DATA: folder,
    IMPASTO_HTTP_PORT: '0',
    IMPASTO_PAINTERS: '2',
    IMPASTO_REDIS_URL: `redis://:${secret}@127.0.0.1:${server.port}`,
  });

  it('serves health and metrics, says which folder is to be shared, and ends with 0 on SIGTERM', async () => {
    const run = startCli(['worker'], { env: environment() });
    await run.printed('the worker is running');
    const url = run.stderr().match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
    const health = await fetch(`${url}/healthz`);
    expect(await health.json()).toMatchObject({ status: 'ok', painters: 2, running: 0 });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^impasto_worker_painters 2$/m);
    run.process.kill('SIGTERM');
    const { code, stderr } = await run.result;
    expect(code).toBe(0);
    expect(stderr).toContain('"stopped"');
    expect(stderr).toContain('the bots and all workers have to share it');
    expect(stderr).toContain(`"folder":"${folder}"`);
    expect(stderr).not.toContain(password);
  });

  it('fails in plain words when the server refuses it, and does not tell the password', async () => {
    const { code, stderr } = await runCli(['worker'], { env: environment('wrong-secret-word') });
    expect(code).toBe(1);
    expect(stderr).toContain(`queue-failed: Redis at 127.0.0.1:${server.port} cannot be reached.`);
    expect(stderr).toContain('IMPASTO_REDIS_URL');
    expect(stderr).not.toContain('wrong-secret-word');
  });
});
