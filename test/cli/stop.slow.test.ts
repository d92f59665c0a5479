import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startCli } from '../support/cli.ts';
import { noRedis, RedisServer } from '../support/redis.ts';
import { befall, ended, type Trouble, watchTrouble } from '../support/trouble.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-stop-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A service in trouble; its processes are gone when the test is over, whatever it comes to. */
async function troubledService(
  trouble: Trouble,
  { args = ['start'], more = {} as Record<string, string> } = {},
) {
  const watch = await watchTrouble(trouble);
  const env = {
    IMPASTO_DATA: folder,
    IMPASTO_HTTP_PORT: 'off',
    IMPASTO_STUDIO: 'off',
    IMPASTO_STOP_SECONDS: '1',
  };
  const run = startCli(args, { env: { ...env, ...watch.env, ...more } });
  const service = await watch.next();
  onTestFinished(() => void run.process.kill('SIGKILL'));
  await run.printed(args[0] === 'worker' ? 'the worker is running' : 'Impasto is running');
  await befall(service);
  return { run, service, watch };
}

describe('A bot that is told to stop', () => {
  it.each(['stuck in native code', 'stuck in a loop'] as const)('ends, though it is %s', async (how) => {
    const { run, service } = await troubledService(how);
    run.process.kill('SIGTERM');
    expect((await run.result).code).toBe(0);
    expect(run.stderr()).toContain('what does not stop by itself is killed');
    await ended(service);
  });

  it('leaves no process behind that it has started, not even one that hears nothing', async () => {
    const { run, service, watch } = await troubledService('a child that hears nothing');
    const child = await watch.next();
    run.process.kill('SIGTERM');
    expect((await run.result).code).toBe(0);
    expect(run.stderr()).toContain('"stopped"');
    await Promise.all([ended(service), ended(child)]);
  });

  it('ends at once when it is told again', async () => {
    const { run, service } = await troubledService('stuck in a loop', {
      more: { IMPASTO_STOP_SECONDS: '3600' },
    });
    // Two signals of one kind could be delivered as one.
    run.process.kill('SIGTERM');
    run.process.kill('SIGINT');
    await run.result;
    expect(['SIGTERM', 'SIGINT']).toContain(run.process.signalCode);
    await ended(service);
  });

  it('stops when the process is gone that it would be told by', async () => {
    const { run, service } = await troubledService('stuck in native code');
    run.process.kill('SIGKILL');
    await ended(service);
  });
});

describe.skipIf(noRedis)('A worker that is told to stop', () => {
  it('ends, though it is stuck in a loop', async () => {
    const server = await RedisServer.start();
    onTestFinished(() => server.stop());
    const more = { IMPASTO_REDIS_URL: `redis://127.0.0.1:${server.port}` };
    const { run, service } = await troubledService('stuck in a loop', { args: ['worker'], more });
    run.process.kill('SIGTERM');
    expect((await run.result).code).toBe(0);
    await ended(service);
  });
});
