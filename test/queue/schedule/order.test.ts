import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/nst/random.ts';
import type { QueuedJob } from '../../../src/queue/queue.ts';
import { type FairOptions, FairOrder } from '../../../src/queue/schedule/order.ts';
import { job } from '../manual-painter.ts';

const HOUR = 3_600_000;

/** An order whose clock the test sets. */
function order(options: Partial<FairOptions> = {}, jobs: readonly QueuedJob[] = []) {
  const clock = { now: 0 };
  const fair = new FairOrder({ painters: 1, now: () => clock.now, ...options });
  for (const each of jobs) fair.add(each);
  return { fair, clock };
}

/** Starts and ends all jobs, one after the other, each taking its estimate; the ids in their order. */
function played({ fair, clock }: ReturnType<typeof order>): string[] {
  const ids: string[] = [];
  for (let next = fair.start(); next; next = fair.start()) {
    ids.push(next.task.jobId);
    clock.now += next.estimateMs;
    fair.end(next.task.jobId, next.estimateMs);
  }
  return ids;
}

describe('a fair order', () => {
  it('starts the one job of one user before the fifty of another who has been served', () => {
    const { fair } = order();
    for (let i = 1; i <= 50; i++) fair.add(job(`many-${i}`, 'guild.eager'));
    expect(fair.start()?.task.jobId).toBe('many-1');
    fair.add(job('one', 'guild.modest'));
    expect(fair.ticket('one')).toEqual({ position: 1, startsInMs: 10_000 });
    expect(fair.ticket('many-2')?.position).toBe(2);
    fair.end('many-1', 10_000);
    expect(fair.start()?.task.jobId).toBe('one');
  });

  it('serves servers alike, however many users each has', () => {
    const crowd = ['a', 'b', 'c', 'd'].map((name) => job(`crowd-${name}`, `crowd.${name}`));
    const pair = ['a', 'b'].map((name) => job(`pair-${name}`, `pair.${name}`));
    expect(played(order({}, [...crowd, ...pair]))).toEqual([
      'crowd-a',
      'pair-a',
      'crowd-b',
      'pair-b',
      'crowd-c',
      'crowd-d',
    ]);
  });

  it('keeps the order of a user’s own jobs', () => {
    const jobs = [5, 1, 3].map((minutes, i) => job(`job-${i}`, 'u', { estimateMs: minutes * 60_000 }));
    expect(played(order({}, jobs))).toEqual(['job-0', 'job-1', 'job-2']);
  });

  it('counts painter time, not jobs', () => {
    const long = [1, 2].map((i) => job(`long-${i}`, 'guild.long', { estimateMs: 60_000 }));
    const short = [1, 2, 3, 4].map((i) => job(`short-${i}`, 'guild.short', { estimateMs: 20_000 }));
    expect(played(order({}, [...long, ...short]))).toEqual([
      'long-1',
      'short-1',
      'short-2',
      'short-3',
      'long-2',
      'short-4',
    ]);
  });

  it('charges a started job its estimate at once and what it took in the end', () => {
    const { fair } = order({ painters: 2 });
    for (const user of ['slow', 'quick']) {
      for (const i of [1, 2]) fair.add(job(`${user}-${i}`, `guild.${user}`, { maxConcurrent: 2 }));
    }
    expect([fair.start(), fair.start()].map((each) => each?.user)).toEqual(['guild.slow', 'guild.quick']);
    fair.end('slow-1', 90_000);
    fair.end('quick-1', 1000);
    expect(fair.ticket('quick-2')?.position).toBe(1);
    fair.add(job('third', 'guild.third', { estimateMs: 1 }));
    fair.start();
    expect(fair.start()?.task.jobId).toBe('quick-2');
  });

  it('forgets painter time with its half-life', () => {
    const usage = [
      { server: 'g', user: 'g.earlier', ms: 60_000, at: -2 * HOUR },
      { server: 'g', user: 'g.lately', ms: 20_000, at: 0 },
    ];
    const jobs = [job('lately', 'g.lately'), job('earlier', 'g.earlier')];
    expect(played(order({ usage }, jobs))).toEqual(['earlier', 'lately']);
    expect(played(order({ usage, halfLifeMs: 2 * HOUR }, jobs))).toEqual(['lately', 'earlier']);
  });

  it('stays exact over years of operation', () => {
    const { fair, clock } = order();
    for (let day = 0; day < 1000; day++) {
      clock.now = day * 24 * HOUR;
      fair.add(job(`a-${day}`, 'g.a'));
      expect(fair.start()?.user).toBe('g.a');
      fair.end(`a-${day}`, 10_000);
    }
    clock.now += HOUR;
    for (const user of ['g.a', 'g.b']) for (const i of [1, 2]) fair.add(job(`${user}-${i}`, user));
    expect(played({ fair, clock })).toEqual(['g.b-1', 'g.a-1', 'g.b-2', 'g.a-2']);
  });

  it('gives the next turn, of equals, to who was served least recently', () => {
    const usage = ['x', 'y', 'z'].map((name, i) => ({ server: name, user: name, ms: 0, at: -i }));
    const jobs = ['x', 'y', 'z'].map((name) => job(name, name));
    expect(played(order({ usage }, jobs))).toEqual(['z', 'y', 'x']);
  });

  it('lets the fast lane go first, but a normal job after two fast ones', () => {
    const fast = [1, 2, 3, 4, 5].map((i) => job(`fast-${i}`, `f${i}`, { lane: 'fast' }));
    const normal = [1, 2].map((i) => job(`normal-${i}`, `n${i}`));
    expect(played(order({}, [...normal, ...fast]))).toEqual([
      'fast-1',
      'fast-2',
      'normal-1',
      'fast-3',
      'fast-4',
      'normal-2',
      'fast-5',
    ]);
  });

  it('paints a normal job however many fast ones keep coming', () => {
    const { fair } = order({}, [job('patient', 'p')]);
    const started: string[] = [];
    for (let i = 0; i < 10; i++) {
      fair.add(job(`fast-${i}`, `f${i}`, { lane: 'fast' }));
      const { jobId } = (fair.start() as QueuedJob).task;
      started.push(jobId);
      fair.end(jobId, 0);
    }
    expect(started.indexOf('patient')).toBe(2);
  });

  it('passes over a user who has as many paintings on the painters as allowed', () => {
    const { fair } = order({ painters: 3 }, [
      job('a1', 'g.a', { maxConcurrent: 2 }),
      job('a2', 'g.a', { maxConcurrent: 2 }),
      job('a3', 'g.a', { maxConcurrent: 2, lane: 'fast' }),
      job('a4', 'g.a', { maxConcurrent: 2 }),
    ]);
    expect([fair.start(), fair.start(), fair.start()].map((each) => each?.task.jobId)).toEqual([
      'a3',
      'a1',
      undefined,
    ]);
    fair.add(job('b1', 'g.b'));
    expect(fair.tickets()).toEqual(
      new Map([
        ['b1', { position: 1, startsInMs: 0 }],
        ['a2', { position: 2, startsInMs: 10_000 }],
        ['a4', { position: 3, startsInMs: 10_000 }],
      ]),
    );
    expect(fair.start()?.task.jobId).toBe('b1');
    fair.end('a1', 10_000);
    expect(fair.start()?.task.jobId).toBe('a2');
  });

  it('counts a user’s paintings on all servers together', () => {
    const { fair } = order({ painters: 2 }, [
      job('here', 'u', { server: 'here' }),
      job('there', 'u', { server: 'there' }),
    ]);
    expect(fair.start()?.task.jobId).toBe('here');
    expect(fair.start()).toBeUndefined();
    fair.end('here', 1);
    expect(fair.start()?.task.jobId).toBe('there');
  });

  it('estimates starts from what runs and from the number of painters', () => {
    const { fair, clock } = order({ painters: 2 });
    for (const [id, seconds] of Object.entries({ r1: 30, r2: 50, w1: 40, w2: 20, w3: 10 })) {
      fair.add(job(id, id, { estimateMs: seconds * 1000 }));
      if (id.startsWith('r')) fair.start();
    }
    const starts = () => [...fair.tickets()].map(([id, { startsInMs }]) => [id, startsInMs / 1000]);
    expect(starts()).toEqual([
      ['w1', 30],
      ['w2', 50],
      ['w3', 70],
    ]);
    clock.now = 10_000;
    fair.expect('r1', 5000);
    expect(starts()).toEqual([
      ['w1', 5],
      ['w2', 40],
      ['w3', 45],
    ]);
    fair.expect('r2', 0);
    clock.now = 20_000;
    expect(starts().map(([, seconds]) => seconds)).toEqual([0, 0, 20]);
  });

  it('takes a job out of the middle without disturbing the others', () => {
    const { fair } = order(
      {},
      ['a', 'b', 'c'].map((id) => job(id, id)),
    );
    expect(fair.remove('b')).toBe(true);
    expect(fair.remove('b')).toBe(false);
    expect(fair.ticket('b')).toBeUndefined();
    expect([...fair.tickets().keys()]).toEqual(['a', 'c']);
    expect(fair.waiting).toBe(2);
  });

  it.each([1, 2, 3, 4, 5])('foretells exactly what then happens, with chance %i', (seed) => {
    const random = seededRandom(seed);
    const pick = (count: number) => Math.floor(count * random());
    const painters = 1 + pick(3);
    const usage = Array.from({ length: 5 }, (_, i) => ({
      server: `s${i % 3}`,
      user: `u${i}`,
      ms: pick(100_000),
      at: -pick(3 * HOUR),
    }));
    const { fair, clock } = order({ painters, usage });
    for (let i = 0; i < 200; i++) {
      fair.add(
        job(`j${i}`, `u${pick(12)}`, {
          server: `s${pick(4)}`,
          lane: pick(3) === 0 ? 'fast' : 'normal',
          estimateMs: 1000 + pick(100_000),
          maxConcurrent: 1 + pick(2),
        }),
      );
    }
    const foretold = [...fair.tickets()].map(([id, { startsInMs }]) => `${id} at ${startsInMs}`);
    const happened: string[] = [];
    const busy: { id: string; ms: number; endsAt: number }[] = [];
    while (happened.length < 200) {
      const next = busy.length < painters ? fair.start() : undefined;
      if (next) {
        const id = next.task.jobId;
        happened.push(`${id} at ${clock.now}`);
        busy.push({ id, ms: next.estimateMs, endsAt: clock.now + next.estimateMs });
      } else {
        busy.sort((a, b) => a.endsAt - b.endsAt);
        const { id, ms, endsAt } = busy.shift() as (typeof busy)[0];
        clock.now = endsAt;
        fair.end(id, ms);
      }
    }
    expect(happened).toEqual(foretold);
  });

  it('takes up jobs that were started before: they are charged, and count against their users’ limits', () => {
    const { fair, clock } = order({ painters: 2 });
    clock.now = 60_000;
    fair.resume(job('a1', 'g.a', { estimateMs: 30_000 }), 50_000);
    fair.add(job('a2', 'g.a'));
    fair.add(job('b1', 'g.b'));
    expect([fair.running, fair.runs('a1'), fair.runs('b1')]).toEqual([1, true, false]);
    expect(fair.jobIds).toEqual(['a2', 'b1', 'a1']);
    expect(fair.start()?.task.jobId).toBe('b1');
    expect(fair.start()).toBeUndefined();
    expect(fair.ticket('a2')).toEqual({ position: 1, startsInMs: 20_000 });
    fair.end('a1', 30_000);
    expect(fair.start()?.task.jobId).toBe('a2');
  });

  it('takes what was painted before the clock was set back for painted just now', () => {
    const day = 24 * HOUR;
    const usage = [
      { server: 'g', user: 'g.a', ms: 1000, at: 400 * day },
      { server: 'g', user: 'g.b', ms: 2000, at: 0 },
    ];
    const { fair, clock } = order({ painters: 2, usage });
    fair.resume(job('c1', 'g.c', { estimateMs: 1500 }), 400 * day);
    for (const user of ['b', 'c', 'a']) fair.add(job(`${user}2`, `g.${user}`, { maxConcurrent: 2 }));
    expect(fair.tickets().get('b2')?.startsInMs).toBeLessThan(HOUR);
    clock.now += 1500;
    fair.end('c1', 1500);
    expect(played({ fair, clock })).toEqual(['a2', 'c2', 'b2']);
  });

  it('goes on counting fast jobs in a row', () => {
    const jobs = ['normal', 'fast'].map((id) => job(id, id, { lane: id as 'normal' | 'fast' }));
    const { fair } = order({ fastInARow: 2 }, jobs);
    expect(fair.start()?.task.jobId).toBe('normal');
    expect(fair.fastInARow).toBe(0);
    expect(fair.start()?.task.jobId).toBe('fast');
    expect(fair.fastInARow).toBe(1);
  });

  it('tells times by how many painters there are, and by one while there is none', () => {
    const { fair } = order(
      { painters: 0 },
      ['a', 'b', 'c'].map((id) => job(id, id)),
    );
    expect(fair.ticket('c')).toEqual({ position: 3, startsInMs: 20_000 });
    fair.painters = 2;
    expect(fair.ticket('c')).toEqual({ position: 3, startsInMs: 10_000 });
  });
});
