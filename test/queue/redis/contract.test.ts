import { afterAll, beforeAll, describe, it } from 'vitest';
import { noRedis, RedisServer } from '../../support/redis.ts';
import { describeQueue } from '../contract.ts';
import { Stage } from './support.ts';

if (noRedis) {
  describe('On Redis, a queue', () => it.skip(`is not tested: ${noRedis}`));
} else {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  describeQueue('On Redis', async ({ painters, capacity, usage, onError }) => {
    const stage = new Stage(server);
    const worker = await stage.worker(painters, { onError });
    return stage.gateway({
      worker,
      capacity,
      usage: async () => usage,
      forget: (jobId) => painters[0]?.forget(jobId) ?? Promise.resolve(),
      onError,
    });
  });
}
