import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EndEvent, Ends } from '../../../src/queue/redis/ends.ts';
import { noRedis, RedisServer } from '../../support/redis.ts';
import { painted } from '../manual-painter.ts';
import { Stage } from './support.ts';

const done = (picture = 'first'): EndEvent => ({ type: 'done', jobId: 'a', result: { ...painted, picture } });
const failed: EndEvent = {
  type: 'failed',
  jobId: 'a',
  failure: { code: 'painter-crashed', message: 'It was lost.', advice: 'Try again.' },
  painterMs: 7,
};

describe.skipIf(noRedis)(`The end of a job${noRedis ? `: ${noRedis}` : ''}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  async function opened() {
    const link = await new Stage(server).link();
    const { redis, names } = link;
    const exists = () => redis.hset(names.bull(names.bullId('a')), 'data', '{}');
    const told = () => redis.xlen(names.bull('events'));
    const locked = (token: string) => redis.set(names.bull(`${names.bullId('a')}:lock`), token);
    const waits = () => redis.lpush(names.bull('wait'), names.bullId('a'));
    return { ends: new Ends(link), exists, told, locked, waits };
  }

  it('is the first that comes, told of once, however many follow', async () => {
    const { ends, told } = await opened();
    expect(await ends.own('a', 'gateway')).toBe('open');
    await ends.finish(done());
    await ends.finish(done('second'));
    await ends.finish(failed);
    expect(await told()).toBe(1);
    expect(await ends.take('a', 'gateway')).toEqual(done());
    await ends.forget('a', 'gateway');
    await ends.finish(done('late'));
    expect(await told()).toBe(1);
    expect(await ends.take('a', 'gateway')).toBeUndefined();
  });

  it('is for the gateway that submitted the job last, before it or after it', async () => {
    const { ends } = await opened();
    await ends.own('a', 'one');
    await ends.own('a', 'two');
    await ends.finish(done());
    expect(await ends.take('a', 'one')).toBe('foreign');
    expect(await ends.take('a', 'two')).toEqual(done());
    expect(await ends.own('a', 'three')).toBe('ended');
    expect(await ends.take('a', 'two')).toBe('foreign');
    await ends.forget('a', 'two');
    expect(await ends.take('a', 'three')).toEqual(done());
  });

  it('is a cancellation when that was asked for before it was told, with the time that it was painted for', async () => {
    const { ends, exists } = await opened();
    await exists();
    expect(await ends.cancel('a')).toBe('asked');
    await ends.finish(done());
    expect(await ends.take('a', 'gateway')).toEqual({ type: 'cancelled', jobId: 'a', painterMs: 5 });
    const other = await opened();
    await other.ends.finish(failed);
    expect(await other.ends.cancel('a')).toBe('ended');
    expect(await other.ends.take('a', 'gateway')).toEqual({ type: 'cancelled', jobId: 'a', painterMs: 7 });
  });

  it('is no cancellation any more once it is told, nor is there one of a job that is not known', async () => {
    const { ends } = await opened();
    expect(await ends.cancel('a')).toBe('unknown');
    await ends.finish(done());
    expect(await ends.take('a', 'gateway')).toEqual(done());
    expect(await ends.cancel('a')).toBe('unknown');
    await ends.forget('a', 'gateway');
    expect(await ends.cancel('a')).toBe('unknown');
    expect(await ends.take('a', 'gateway')).toBeUndefined();
  });

  it('is no failure of a worker that another has taken the job over from, which goes on with it', async () => {
    const { ends, locked, told } = await opened();
    await locked('of the second');
    expect(await ends.finish(failed, 'of the first')).toBe(false);
    expect(await told()).toBe(0);
    expect(await ends.finish(done(), 'of the second')).toBe(true);
    expect(await ends.take('a', 'gateway')).toEqual(done());
    const handedBack = await opened();
    await handedBack.waits();
    await handedBack.ends.finish(failed, 'of the first');
    expect(await handedBack.told()).toBe(0);
  });

  it('is a picture of whoever has it first, and a failure of who has the job, or had it last', async () => {
    const picture = await opened();
    await picture.locked('of the second');
    expect(await picture.ends.finish(done(), 'of the first')).toBe(false);
    expect(await picture.ends.take('a', 'gateway')).toEqual(done());
    const held = await opened();
    await held.locked('its own');
    expect(await held.ends.finish(failed, 'its own')).toBe(true);
    expect(await held.ends.take('a', 'gateway')).toEqual(failed);
    const last = await opened();
    expect(await last.ends.finish(failed, 'that has run out')).toBe(false);
    expect(await last.ends.take('a', 'gateway')).toEqual(failed);
  });

  it('does not keep a job from being submitted anew, when nobody put it on record', async () => {
    const { ends, told } = await opened();
    await ends.finish(done());
    await ends.take('a', 'gateway');
    await ends.forget('a', 'gateway');
    expect(await ends.own('a', 'other')).toBe('handled');
    expect(await ends.own('a', 'gateway', true)).toBe('open');
    await ends.finish(done('again'));
    expect(await told()).toBe(2);
  });
});
