import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { startWorker } from '../../src/main/worker.ts';
import { createLog } from '../../src/ops/log.ts';
import { startTestInstance } from '../support/instance.ts';
import { noRedis, RedisServer } from '../support/redis.ts';

describe.skipIf(noRedis)(`A bot and workers on one Redis${noRedis ? `: ${noRedis}` : ''}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  async function opened(prefix: string) {
    const environment = { IMPASTO_REDIS_URL: server.url, IMPASTO_REDIS_PREFIX: prefix };
    const test = await startTestInstance({ environment: { ...environment, IMPASTO_PAINTERS: '0' } });
    onTestFinished(() => test[Symbol.asyncDispose]());
    const worker = async () => {
      const started = await startWorker({
        config: readConfig({ IMPASTO_DATA: test.folder, IMPASTO_HTTP_PORT: 'off', ...environment }, 'no.env'),
        log: createLog({ level: 'silent' }),
        createPainter: () => test.easel.createPainter(),
      });
      onTestFinished(() => started.stop());
      return started;
    };
    const message = (key: string) =>
      test.platform.until(() => test.platform.messages.find((each) => each.key === key));
    return { test, worker, message };
  }

  it('answer a request together: progress, thumbnail and result', async () => {
    const { test, worker, message } = await opened('together');
    await worker();
    await test.stylize();
    const { task, progress, finish } = await test.easel.next();
    const status = await message(`status-${task.jobId}`);
    progress(20);
    await test.platform.until(() => status.versions.at(-1)?.text.includes('20 %'));
    expect([...(status.versions.at(-1)?.picture?.bytes ?? [])]).toEqual([20]);
    await finish();
    await message(`end-${task.jobId}`);
    await test.platform.until(() => status.versions.at(-1)?.text.startsWith('Painted'));
    expect(test.platform.violations).toEqual([]);
  });

  it('go on when the worker is replaced in mid-painting', async () => {
    const { test, worker, message } = await opened('replaced');
    const old = await worker();
    await test.stylize();
    const { task } = await test.easel.next();
    await old.stop();
    await worker();
    const again = await test.easel.next();
    expect(again.task).toEqual(task);
    await again.finish();
    await message(`end-${task.jobId}`);
  });

  it('answer once, when the bot was gone while the worker finished', async () => {
    const { test, worker, message } = await opened('restarted');
    await worker();
    await test.stylize();
    const { task, finish } = await test.easel.next();
    const restarted = test.restart();
    await finish();
    await restarted;
    await message(`end-${task.jobId}`);
    expect(test.platform.messages.filter(({ key }) => key === `end-${task.jobId}`)).toHaveLength(1);
  });
});
