import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { noRedis, RedisServer } from '../../support/redis.ts';
import { Witness } from '../contract.ts';
import { job, Studio } from '../manual-painter.ts';
import { Stage } from './support.ts';

describe.skipIf(noRedis)(`Several gateways on one Redis${noRedis ? `: ${noRedis}` : ''}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  it('each tell the events of their own jobs, whichever worker paints them, and share one order', async () => {
    const stage = new Stage(server);
    const studios = [new Studio(1), new Studio(1)];
    for (const { painters } of studios) await stage.worker(painters);
    const one = await stage.gateway();
    const other = await stage.gateway();
    const witnesses = [new Witness(one), new Witness(other)];
    for (const id of ['a1', 'a2', 'a3']) await one.submit(job(id, 'a', { maxConcurrent: 9 }));
    // Who has had nothing goes before who has had two.
    expect(await other.submit(job('b1', 'b'))).toMatchObject({ position: 1 });
    expect(await one.stats()).toEqual({ waiting: 2, running: 2, painters: 2, capacity: 100 });
    expect(await other.stats()).toEqual({ waiting: 2, running: 2, painters: 2, capacity: 100 });
    expect([...(await other.tickets()).keys()]).toEqual(['b1', 'a3']);
    expect(await other.ticket('a3')).toMatchObject({ position: 2 });
    const painted = Promise.all(['a1', 'a2', 'a3'].map((id) => witnesses[0]?.saw(id, 'done')));
    for (const studio of studios) void studio.finishNext().then(() => studio.finishNext());
    await painted;
    await witnesses[1]?.saw('b1', 'done');
    const told = witnesses.map(({ events }) =>
      events.flatMap((event) => ('jobId' in event ? event.jobId : [])),
    );
    expect(new Set(told[0])).toEqual(new Set(['a1', 'a2', 'a3']));
    expect(told[1]).toEqual(['b1', 'b1']);
  });

  it('ask each other for the places that they need, and hear nothing in what is no question or answer', async () => {
    const stage = new Stage(server);
    const one = await stage.gateway();
    await one.stats();
    const other = await stage.gateway();
    for (const id of ['a', 'b', 'c']) await other.submit(job(id, id));
    const { redis, names } = await stage.link();
    const channels = (await redis.pubsub('CHANNELS', `${names.prefix}*`)) as string[];
    const noise = ['no JSON', 'null', '5', '{}', '{"question":5}'];
    expect(channels).toHaveLength(3);
    for (const channel of channels) for (const each of noise) await redis.publish(channel, each);
    const looker = server.look();
    onTestFinished(() => looker.disconnect());
    await looker.psubscribe(`${names.prefix}:answers:*`);
    const said: string[] = [];
    looker.on('pmessage', (_, __, text) => said.push(text));
    expect([...(await other.tickets(['c', 'a'])).keys()]).toEqual(['a', 'c']);
    await expect.poll(() => said.length).toBe(1);
    expect(said[0]).not.toContain('"b"');
  });

  it('count what waits together', async () => {
    const stage = new Stage(server);
    await stage.worker(new Studio(1).painters);
    const one = await stage.gateway({ capacity: 2 });
    const other = await stage.gateway({ capacity: 2 });
    for (const id of ['a', 'b', 'c']) await one.submit(job(id, id));
    await expect(other.submit(job('d', 'd'))).rejects.toMatchObject({ code: 'queue-full' });
    expect(await other.submit(job('e', 'e'), { accepted: true })).toMatchObject({ position: 3 });
  });

  it('cancel each other’s jobs, whose end is told where they were submitted', async () => {
    const stage = new Stage(server);
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    const one = await stage.gateway();
    const other = await stage.gateway();
    const witness = new Witness(one);
    for (const id of ['a', 'b']) await one.submit(job(id, id));
    await studio.sitting('a');
    expect(await other.cancel('b')).toBe(true);
    expect(await witness.saw('b', 'cancelled')).toMatchObject({ painterMs: 0 });
    expect(await other.cancel('a')).toBe(true);
    await witness.saw('a', 'cancelled');
    expect(studio.started).toEqual(['a']);
  });

  it('go on when the one that dispatched stops: order, users’ limits and places stay', async () => {
    const stage = new Stage(server);
    const studio = new Studio(2);
    await stage.worker(studio.painters);
    const one = await stage.gateway();
    await one.stats();
    const other = await stage.gateway();
    const witness = new Witness(other);
    for (const id of ['a1', 'a2']) await other.submit(job(id, 'g.a'));
    for (const id of ['b1', 'b2', 'c1']) await other.submit(job(id, `g.${id[0]}`));
    await studio.sitting('b1');
    const places = [...(await other.tickets()).keys()];
    await one.close();
    expect([...(await other.tickets()).keys()]).toEqual(places);
    expect(await other.stats()).toMatchObject({ waiting: 3, running: 2, painters: 2 });
    (await studio.sitting('b1')).finish();
    // Not a2, whose user is being painted for, nor b2, whose user has had a turn.
    await witness.saw('c1', 'started');
    (await studio.sitting('a1')).finish();
    (await studio.sitting('c1')).finish();
    await witness.saw('a2', 'started');
    await witness.saw('b2', 'started');
    for (const id of ['a2', 'b2']) (await studio.sitting(id)).finish();
    for (const id of ['a1', 'a2', 'b1', 'b2', 'c1']) await witness.saw(id, 'done');
    expect(studio.started).toHaveLength(5);
  });

  it('release jobs though it cannot be told what was painted before, and are fair about that once it can', async () => {
    const stage = new Stage(server);
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    let isAway = true;
    const queue = await stage.gateway({
      usage: async () => {
        if (isAway) throw new Error('The database is away');
        return [{ server: 'b', user: 'b', ms: 100_000, at: Date.now() }];
      },
    });
    for (const id of ['a', 'b', 'c']) await queue.submit(job(id, id));
    await studio.sitting('a');
    expect([...(await queue.tickets()).keys()]).toEqual(['b', 'c']);
    expect(stage.errors).toEqual([new Error('The database is away')]);
    isAway = false;
    await expect.poll(async () => [...(await queue.tickets()).keys()]).toEqual(['c', 'b']);
    expect(await queue.stats()).toMatchObject({ waiting: 2, running: 1 });
    await studio.finishNext();
    await studio.sitting('c');
  });

  it('go on when the one that dispatched is cut off without a word', async () => {
    const stage = new Stage(server);
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    const link = await stage.link();
    const one = await stage.gateway({ link });
    await one.stats();
    await link.close();
    const other = await stage.gateway();
    const witness = new Witness(other);
    await other.submit(job('a', 'a'));
    await studio.finishNext();
    await witness.saw('a', 'done');
  });

  it('tell the end of a job to who submits it again, when it ended while its gateway was gone', async () => {
    const stage = new Stage(server);
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    const one = await stage.gateway();
    await one.submit(job('a', 'a'));
    await studio.sitting('a');
    await one.close();
    await studio.finishNext();
    const other = await stage.gateway();
    const witness = new Witness(other);
    const ticket = await other.submit(job('a', 'a'));
    expect(ticket).toEqual({ position: 1, startsInMs: 0 });
    expect(await witness.saw('a', 'done')).toMatchObject({ result: { picture: 'result' } });
    expect(studio.started).toEqual(['a']);
  });

  it('tell the events of a job to who has submitted it last, and to nobody else', async () => {
    const stage = new Stage(server);
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    const one = await stage.gateway();
    const before = new Witness(one);
    await one.submit(job('a', 'a'));
    await before.saw('a', 'started');
    const other = await stage.gateway();
    const after = new Witness(other);
    await other.submit(job('a', 'a'));
    await studio.finishNext();
    await after.saw('a', 'done');
    await one.submit(job('b', 'b'));
    await studio.finishNext();
    await before.saw('b', 'done');
    expect(before.of('a')).toEqual(['started']);
  });

  it('paint a job whose end another has handled once more only when that is not on record', async () => {
    const stage = new Stage(server);
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    const one = await stage.gateway();
    for (const id of ['a', 'b']) {
      await one.submit(job(id, id));
      await studio.finishNext();
      await expect.poll(() => stage.forgotten).toContain(id);
    }
    const { redis, names } = await stage.link();
    await expect.poll(() => redis.hexists(names.end('b'), 'event')).toBe(0);
    const other = await stage.gateway();
    const witness = new Witness(other);
    const on = (isOver: boolean) => ({ accepted: true, isOver: async () => isOver });
    expect(await other.submit(job('a', 'a'), on(true))).toEqual({ position: 1, startsInMs: 0 });
    expect(await redis.exists(names.bull(names.bullId('a')))).toBe(0);
    await other.submit(job('b', 'b'), on(false));
    expect(await studio.finishNext()).toBe('b');
    await witness.saw('b', 'done');
    expect(studio.started).toEqual(['a', 'b', 'b']);
    expect(witness.of('a')).toEqual([]);
  });

  it('ask again whether an end is on record when nobody could tell', async () => {
    const stage = new Stage(server);
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    const one = await stage.gateway();
    await one.submit(job('a', 'a'));
    await studio.finishNext();
    const { redis, names } = await stage.link();
    await expect.poll(() => redis.hget(names.end('a'), 'told')).toBe('1');
    await expect.poll(() => redis.hexists(names.end('a'), 'event')).toBe(0);
    const other = await stage.gateway();
    let asked = 0;
    const isOver = async () => {
      asked += 1;
      if (asked < 3) throw new Error('The database is away');
      return true;
    };
    await other.submit(job('a', 'a'), { accepted: true, isOver });
    await expect.poll(() => asked).toBe(3);
    await other.submit(job('b', 'b'));
    await studio.finishNext();
    expect(studio.started).toEqual(['a', 'b']);
  });

  it('leave nothing of a job in Redis when its end has been handled', async () => {
    const stage = new Stage(server);
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    const queue = await stage.gateway();
    const witness = new Witness(queue);
    for (const id of ['a', 'b', 'c']) await queue.submit(job(id, id));
    expect(await queue.cancel('b')).toBe(true);
    await studio.finishNext();
    (await studio.sitting('c')).fail(new Error('It failed.'));
    await witness.saw('c', 'failed');
    const redis = server.look();
    try {
      const left = async () => {
        const keys = await redis.keys(`{${stage.prefix}}:*`);
        return keys.map((key) => key.slice(stage.prefix.length + 3)).sort();
      };
      const lasting = [
        'fast-in-a-row',
        'jobs:events',
        'jobs:id',
        'jobs:marker',
        'jobs:meta',
        'jobs:stalled-check',
      ];
      lasting.push('lease:dispatcher', 'lease:dispatcher:token', 'workers');
      // That they have ended is remembered for two minutes.
      const remembered = ['end:a', 'end:b', 'end:c'];
      await expect
        .poll(async () => (await left()).filter((key) => !lasting.includes(key)))
        .toEqual(remembered);
      for (const key of remembered) {
        const name = `{${stage.prefix}}:${key}`;
        await expect.poll(() => redis.ttl(name)).toBeLessThanOrEqual(120);
        expect(await redis.hexists(name, 'event')).toBe(0);
      }
      expect(stage.forgotten.sort()).toEqual(['a', 'b', 'c']);
    } finally {
      redis.disconnect();
    }
  });
});
