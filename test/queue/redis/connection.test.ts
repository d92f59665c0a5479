import { describe, expect, it, onTestFinished } from 'vitest';
import { type ConnectOptions, connectRedis } from '../../../src/queue/redis/connection.ts';
import { noRedis, RedisServer } from '../../support/redis.ts';

describe.skipIf(noRedis)(`A link to Redis${noRedis ? `: ${noRedis}` : ''}`, () => {
  async function started(options: Parameters<typeof RedisServer.start>[0] = {}) {
    const server = await RedisServer.start(options);
    onTestFinished(() => server.stop());
    return server;
  }

  async function linked(options: Pick<ConnectOptions, 'url' | 'connectWithinMs'>) {
    const link = await connectRedis({ ...options, onError: () => {}, reconnectMs: 50 });
    onTestFinished(() => link.close());
    return link;
  }

  it('waits for a server that is started later', async () => {
    const server = await started();
    await server.kill();
    const linking = linked({ url: server.url, connectWithinMs: 60_000 });
    // Its first attempt is refused long before the server is up.
    await server.resume();
    expect((await linking).isReady).toBe(true);
  });

  it('says where it cannot be made in time, and why', async () => {
    const server = await started();
    await server.kill();
    await expect(linked({ url: server.url, connectWithinMs: 200 })).rejects.toMatchObject({
      code: 'queue-failed',
      message: `Redis at 127.0.0.1:${server.port} cannot be reached.`,
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('is refused at once with a wrong password, and does not tell it', async () => {
    const { port } = await started({ password: 'right' });
    const linking = linked({ url: `redis://:wrong@127.0.0.1:${port}`, connectWithinMs: 600_000 });
    await expect(linking).rejects.toMatchObject({ code: 'queue-failed', cause: { name: 'ReplyError' } });
    await expect(linking).rejects.not.toThrow('wrong');
  });

  it('is away when the connection ends, not when something else is wrong with it', async () => {
    const server = await started();
    const link = await linked({ url: server.url });
    const away = link.away();
    link.redis.emit('error', new Error('Something else'));
    await server.kill();
    await away;
    expect(link.isReady).toBe(false);
  });
});
