import { describe, expect, it } from 'vitest';
import { decide, LIMITS, limitsInForce, type Maxima } from '../../src/bot/limits.ts';
import { ImpastoError } from '../../src/nst/errors.ts';
import type { Spending } from '../../src/store/store.ts';

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;

const maxima: Maxima = {
  maxSize: 2048,
  maxEvaluations: 1000,
  concurrentPerUser: 2,
  waitingPerUser: 10,
  jobsPerUserPerDay: 100,
  secondsPerServerPerDay: 86_400,
};
const limits = (own: Record<string, unknown> = {}) => limitsInForce(own, maxima);

const request = (
  changes: { roles?: string[]; channel?: string; size?: number; iterations?: number } = {},
) => ({
  actor: { id: 'ann', name: 'Ann', roles: changes.roles ?? [], admin: false, moderator: false },
  channel: changes.channel ?? 'studio',
  options: { size: changes.size ?? 512, iterations: changes.iterations ?? 180 },
});

const job = (changes: Partial<Spending> = {}): Spending => ({
  user: 'ann',
  createdAt: NOW - HOUR,
  finishedAt: NOW - HOUR + 60_000,
  state: 'done',
  painterMs: 60_000,
  estimateMs: 60_000,
  ...changes,
});

function refusal(act: () => unknown): ImpastoError {
  try {
    act();
  } catch (error) {
    if (error instanceof ImpastoError) return error;
    throw error;
  }
  throw new Error('It was allowed.');
}

describe('limits', () => {
  it('allow a modest request unchanged', () => {
    const { options, notices } = decide(request(), limits(), [], NOW);
    expect(options).toEqual({ size: 512, iterations: 180 });
    expect(notices).toEqual([]);
  });

  it('change what is too large, and say each change with both numbers', () => {
    const { options, notices } = decide(
      request({ size: 2000, iterations: 900 }),
      limits({ maxSize: 768, maxEvaluations: 300 }),
      [],
      NOW,
    );
    expect(options).toEqual({ size: 768, iterations: 300 });
    expect(notices).toHaveLength(2);
    expect(notices[0]).toMatch(/768.*2000/);
    expect(notices[1]).toMatch(/300.*900/);
  });

  it('of a server never go beyond the instance’s', () => {
    expect(limits({ maxSize: 8000 }).maxSize).toBe(2048);
    expect(limits({ jobsPerRolePerDay: { artist: 5000 } }).jobsPerRolePerDay).toEqual(
      new Map([['artist', 100]]),
    );
  });

  it('have defaults within their ranges', () => {
    for (const { min, max, standard } of Object.values(LIMITS)) {
      expect(standard).toBeGreaterThanOrEqual(min);
      expect(standard).toBeLessThanOrEqual(max);
    }
  });

  it('refuse a blocked user whatever the request', () => {
    const error = refusal(() => decide(request(), limits({ blockedUsers: ['ann'] }), [], NOW));
    expect(error.code).toBe('not-allowed');
  });

  it('refuse a channel that is not on the list, and name those that are', () => {
    const own = limits({ allowedChannels: ['gallery'] });
    const error = refusal(() => decide(request(), own, [], NOW));
    expect(error.code).toBe('not-allowed');
    expect(error.advice).toContain('<channel:gallery>');
    expect(decide(request({ channel: 'gallery' }), own, [], NOW).notices).toEqual([]);
  });

  it('refuse who has none of the allowed roles', () => {
    const own = limits({ allowedRoles: ['artist', 'patron'] });
    expect(refusal(() => decide(request({ roles: ['guest'] }), own, [], NOW)).code).toBe('not-allowed');
    expect(decide(request({ roles: ['guest', 'patron'] }), own, [], NOW).notices).toEqual([]);
  });

  it('refuse more waiting jobs than allowed, counting only the user’s own', () => {
    const waiting = job({ state: 'waiting', finishedAt: null, painterMs: 0 });
    const own = limits({ waitingPerUser: 2 });
    expect(refusal(() => decide(request(), own, [waiting, waiting], NOW)).code).toBe('over-limit');
    const others = [waiting, { ...waiting, user: 'bob' }];
    expect(decide(request(), own, others, NOW).notices).toEqual([]);
  });

  it('refuse the job after the last of the day, and tell when the first of them leaves the 24 hours', () => {
    const own = limits({ jobsPerUserPerDay: 2 });
    const day = [job({ createdAt: NOW - 20 * HOUR }), job({ createdAt: NOW - 2 * HOUR })];
    const error = refusal(() => decide(request(), own, day, NOW));
    expect(error.code).toBe('over-limit');
    expect(error.advice).toContain('4 h');
    const later = NOW + 4 * HOUR + 1;
    expect(decide(request(), own, day, later).notices).toEqual([]);
  });

  it('do not hold failed jobs, or those cancelled before they began, against anybody', () => {
    const own = limits({ jobsPerUserPerDay: 1 });
    const free = [job({ state: 'failed' }), job({ state: 'cancelled', painterMs: 0 })];
    expect(decide(request(), own, free, NOW).notices).toEqual([]);
    const cancelledLate = [job({ state: 'cancelled', painterMs: 5000 })];
    expect(refusal(() => decide(request(), own, cancelledLate, NOW)).code).toBe('over-limit');
  });

  it('give a member the most generous of their roles’ daily numbers', () => {
    const own = limits({ jobsPerUserPerDay: 1, jobsPerRolePerDay: { patron: 3, artist: 2 } });
    const two = [job(), job()];
    expect(refusal(() => decide(request(), own, two, NOW)).code).toBe('over-limit');
    expect(refusal(() => decide(request({ roles: ['artist'] }), own, two, NOW)).code).toBe('over-limit');
    expect(decide(request({ roles: ['artist', 'patron'] }), own, two, NOW).notices).toEqual([]);
  });

  it.each(['constructor', '__proto__', 'toString'])('take a role called %s for a role', (role) => {
    const one = limits({ jobsPerUserPerDay: 1 });
    expect(refusal(() => decide(request({ roles: [role] }), one, [job()], NOW)).message).toContain('1 of 1');
    const own = limits({ ...one, jobsPerRolePerDay: { [role]: 2 } });
    expect(decide(request({ roles: [role] }), own, [job()], NOW).notices).toEqual([]);
  });

  it('refuse everything at a daily number of 0', () => {
    const own = limits({ jobsPerUserPerDay: 0 });
    expect(refusal(() => decide(request(), own, [], NOW)).code).toBe('not-allowed');
  });

  it('make a user wait between two jobs, and tell how long', () => {
    const own = limits({ cooldownSeconds: 60 });
    const latest = [job({ createdAt: NOW - 20_000 }), job({ createdAt: NOW - 3 * HOUR })];
    const error = refusal(() => decide(request(), own, latest, NOW));
    expect(error.code).toBe('over-limit');
    expect(error.advice).toContain('40 s');
    expect(decide(request(), own, latest, NOW + 40_000).notices).toEqual([]);
  });

  it('refuse nobody for long when the clock was set back, and never for a cool-down of 0', () => {
    const set = (ms: number) => [job({ createdAt: NOW + ms, finishedAt: NOW + ms + 60_000 })];
    const refused = { cooldownSeconds: 60, jobsPerUserPerDay: 1, secondsPerServerPerDay: 60 };
    for (const ahead of [25 * HOUR, 400 * 24 * HOUR]) {
      for (const own of [{}, refused])
        expect(decide(request(), limits(own), set(ahead), NOW).notices).toEqual([]);
    }
    expect(decide(request(), limits(), set(HOUR), NOW).notices).toEqual([]);
    const advice = (own: Record<string, unknown>, ahead: number) =>
      refusal(() => decide(request(), limits(own), set(ahead), NOW)).advice;
    expect(advice({ cooldownSeconds: 60 }, 30_000)).toContain('in 60 s');
    expect(advice({ jobsPerUserPerDay: 1 }, 5 * HOUR)).toContain('24 h');
    expect(advice({ secondsPerServerPerDay: 60 }, 5 * HOUR)).toContain('24 h');
  });

  it('refuse a server that has used up its painting time, with what waits counted, and tell when it is free', () => {
    const own = limits({ secondsPerServerPerDay: 100 });
    const used = [
      job({ user: 'bob', painterMs: 60_000, finishedAt: NOW - 23 * HOUR }),
      job({ user: 'bob', painterMs: 50_000, finishedAt: NOW - HOUR }),
    ];
    const error = refusal(() => decide(request(), own, used, NOW));
    expect(error.code).toBe('over-limit');
    expect(error.advice).toContain('60 min');
    expect(decide(request(), own, used.slice(1), NOW).notices).toEqual([]);
    const waiting = job({ user: 'bob', state: 'waiting', finishedAt: null, estimateMs: 60_000 });
    expect(refusal(() => decide(request(), own, [waiting, ...used.slice(1)], NOW)).code).toBe('over-limit');
  });
});
