import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClaim } from '../../../src/queue/redis/claims.ts';
import { acquireLease } from '../../../src/queue/redis/lease.ts';
import { noRedis, RedisServer } from '../../support/redis.ts';
import { Stage } from './support.ts';

describe.skipIf(noRedis)(`Leases and claims on Redis${noRedis ? `: ${noRedis}` : ''}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  async function twoLinks() {
    const stage = new Stage(server);
    return { stage, one: await stage.link(), other: await stage.link() };
  }

  it('gives a lease to one at a time, to the next when it is given back, under a greater token', async () => {
    const { one, other } = await twoLinks();
    const first = await acquireLease(one, { name: 'shards 0-3/16', ttlMs: 300 });
    let isWaiting = true;
    const second = acquireLease(other, { name: 'shards 0-3/16', ttlMs: 300 }).finally(() => {
      isWaiting = false;
    });
    // Longer than it would last without being renewed: nobody renews this one.
    await one.redis.set(one.names.lease('clock'), 'nobody', 'PX', 900);
    await (await acquireLease(other, { name: 'clock', ttlMs: 300 })).release();
    expect(isWaiting).toBe(true);
    expect(first.lost.aborted).toBe(false);
    await first.release();
    expect(first.lost.aborted).toBe(true);
    const held = await second;
    expect(held.token).toBeGreaterThan(first.token);
    await held.release();
  });

  it('keeps leases of different names apart', async () => {
    const { one, other } = await twoLinks();
    const first = await acquireLease(one, { name: 'a' });
    const second = await acquireLease(other, { name: 'b' });
    await first.release();
    expect(second.lost.aborted).toBe(false);
    await second.release();
  });

  it('says when a lease has been taken away, and then takes nothing from its new holder', async () => {
    const { one, other } = await twoLinks();
    const first = await acquireLease(one, { name: 'a', ttlMs: 300 });
    await one.redis.set(one.names.lease('a'), 'another');
    if (!first.lost.aborted) await once(first.lost, 'abort');
    await first.release();
    expect(await other.redis.get(other.names.lease('a'))).toBe('another');
  });

  it('keeps a lease that the server has lost, under the same token', async () => {
    const { one, other } = await twoLinks();
    const first = await acquireLease(one, { name: 'a', ttlMs: 600 });
    const key = one.names.lease('a');
    await one.redis.del(key, `${key}:token`);
    await expect.poll(() => one.redis.get(key)).not.toBeNull();
    expect(first.lost.aborted).toBe(false);
    const second = acquireLease(other, { name: 'a', ttlMs: 600 });
    await first.release();
    expect((await second).token).toBeGreaterThan(first.token);
    await (await second).release();
  });

  it('loses a lease that it cannot renew while the server is away, and gets it again afterwards', async () => {
    const own = await RedisServer.start();
    try {
      const link = await new Stage(own).link();
      const lease = await acquireLease(link, { name: 'a', ttlMs: 300 });
      await own.kill();
      await once(lease.lost, 'abort');
      await lease.release();
      const again = acquireLease(link, { name: 'a', ttlMs: 300 });
      await own.resume();
      await (await again).release();
    } finally {
      await own.stop();
    }
  });

  it('stops waiting for a lease when told to', async () => {
    const { one, other } = await twoLinks();
    const held = await acquireLease(one, { name: 'a' });
    const stop = new AbortController();
    const waiting = acquireLease(other, { name: 'a', signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(held.lost.aborted).toBe(false);
    await held.release();
  });

  it('lets one of all gateways claim what has reached several, until it is forgotten', async () => {
    const { one, other } = await twoLinks();
    const claims = [createClaim(one), createClaim(other)];
    const won = await Promise.all(Array.from({ length: 20 }, (_, i) => claims[i % 2]?.('event 1', 60)));
    expect(won.filter((each) => each)).toHaveLength(1);
    expect(await claims[1]?.('event 2', 60)).toBe(true);
    expect(await one.redis.ttl(one.names.claim('event 1'))).toBeGreaterThan(50);
  });

  it('says that it cannot tell when the server is away', async () => {
    const own = await RedisServer.start();
    const link = await new Stage(own).link();
    const claim = createClaim(link);
    await own.stop();
    await expect(claim('event', 60)).rejects.toMatchObject({ code: 'queue-failed' });
  });
});
