import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Painter } from '../../../src/core/painter.ts';
import { openQueue } from '../../../src/main/open-queue.ts';
import { noRedis, RedisServer } from '../../support/redis.ts';
import { Shelf } from './support.ts';

describe.skipIf(noRedis)(`The queue of an instance, on Redis${noRedis ? `: ${noRedis}` : ''}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  /** Opens it for a user of Redis with rules of his own, and watches what that leaves. */
  async function opened(user: string, ...rules: string[]) {
    const redis = server.look();
    onTestFinished(() => redis.disconnect());
    await redis.acl('SETUSER', user, 'on', '>secret', '~*', '&*', '+@all', ...rules);
    const closed: number[] = [];
    const painter = (index: number): Painter => ({
      paint: () => Promise.reject(new Error('Nothing is painted here')),
      forget: async () => {},
      close: async () => void closed.push(index),
    });
    const shelf = new Shelf();
    const opening = openQueue({
      config: {
        redisUrl: `redis://${user}:secret@127.0.0.1:${server.port}`,
        redisPrefix: user,
        queueSize: 10,
      },
      painters: [painter(0), painter(1)],
      thumbnails: shelf as never,
      checkpoints: { remove: async () => {} },
      usage: async () => [],
      onError: () => {},
    });
    const connections = async () => {
      const clients = (await redis.client('LIST')) as string;
      return clients.split('\n').filter((client) => client.includes(`user=${user}`)).length;
    };
    const leases = () => redis.exists(`{${user}}:lease:dispatcher`);
    return { opening, closed, connections, leases };
  }

  it('opens with a worker and leaves nothing when it is closed', async () => {
    const { opening, closed, connections } = await opened(randomUUID());
    const { close } = await opening;
    expect(await connections()).toBeGreaterThan(2);
    await close();
    expect(new Set(closed)).toEqual(new Set([0, 1]));
    await expect.poll(connections).toBe(0);
  });

  it.each([
    ['the worker needs', ['-eval', '-evalsha']],
    ['the queue needs beside its worker', ['-xrevrange']],
    ['the dispatcher needs', ['resetchannels', '&*:stops', '&*:dispatcher']],
  ])('says that it is refused what %s, and leaves nothing that runs', async (_, rules) => {
    const { opening, closed, connections, leases } = await opened(randomUUID(), ...rules);
    await expect(opening).rejects.toMatchObject({
      code: 'queue-failed',
      message: expect.stringContaining('NOPERM'),
    });
    expect(await leases()).toBe(0);
    expect(new Set(closed)).toEqual(new Set([0, 1]));
    await expect.poll(connections).toBe(0);
  });
});
