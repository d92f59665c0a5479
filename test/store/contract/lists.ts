import { describe, expect, it } from 'vitest';
import type { Subject } from '../contract.ts';
import { ada, bob, delivered, ids, insertAll, NOON, newJob, server } from './records.ts';

export function describeLists(subject: Subject): void {
  describe('unfinished jobs', () => {
    it('are the running ones first, then the waiting ones, each by acceptance', async () => {
      const { store } = subject();
      const createdAt = { late: 4, b: 2, a: 2, early: 1, 'running late': 5, running: 3, done: 0 };
      const jobs = Object.entries(createdAt).map(([id, at]) => newJob(id, { createdAt: NOON + at }));
      await insertAll(store, jobs);
      await store.jobs.update('running late', { state: 'running' });
      await store.jobs.update('running', { state: 'running' });
      await store.jobs.update('done', { state: 'done' });
      const order = ['running', 'running late', 'early', 'b', 'a', 'late'];
      expect(ids(await store.jobs.unfinished())).toEqual(order);
    });
  });

  describe('undelivered jobs', () => {
    it('are those that ended, whatever came of them, until delivered or deleted; oldest first', async () => {
      const { store } = subject();
      const order = ['cancelled', 'waiting', 'failed', 'running', 'delivered', 'deleted', 'done'];
      const jobs = order.map((id, at) => newJob(id, { createdAt: NOON + at }));
      await insertAll(store, jobs.reverse());
      await store.jobs.update('running', { state: 'running' });
      await store.jobs.update('done', { state: 'done' });
      await store.jobs.update('failed', { state: 'failed' });
      await store.jobs.update('cancelled', { state: 'cancelled' });
      await store.jobs.update('delivered', { state: 'done', deliveredAt: NOON });
      await store.jobs.update('deleted', { state: 'done', deletedAt: NOON });
      expect(ids(await store.jobs.undelivered())).toEqual(['cancelled', 'failed', 'done']);
    });
  });

  describe('a user’s jobs', () => {
    it('are theirs alone on that platform, newest first, as many as asked for', async () => {
      const { store } = subject();
      await insertAll(store, [
        newJob('second', { createdAt: NOON + 1 }),
        newJob('third', { createdAt: NOON + 1, server: 'elsewhere' }),
        newJob('first', { createdAt: NOON }),
        newJob('of bob', { ...bob, createdAt: NOON + 3 }),
        newJob('of another platform', { platform: 'slack', createdAt: NOON + 3 }),
      ]);
      expect(ids(await store.jobs.ofUser(ada, 10))).toEqual(['third', 'second', 'first']);
      expect(ids(await store.jobs.ofUser(ada, 2))).toEqual(['third', 'second']);
      expect(await store.jobs.ofUser({ platform: 'discord', user: 'nobody' }, 10)).toEqual([]);
    });
  });

  describe('a server’s spending', () => {
    it('tells of its jobs that ended since a time, and of all that have not ended; oldest first', async () => {
      const { store } = subject();
      await insertAll(store, [
        newJob('ended since', { createdAt: NOON - 9, user: 'ended since' }),
        newJob('ended then', { createdAt: NOON - 8, user: 'ended then', estimateMs: 7.5 }),
        newJob('ended before', { createdAt: NOON - 10 }),
        newJob('long waiting', { createdAt: NOON - 20, user: 'long waiting' }),
        newJob('elsewhere', { server: 'elsewhere' }),
        newJob('on another platform', { platform: 'slack' }),
      ]);
      const end = (finishedAt: number, more = {}) => delivered({ finishedAt, painterMs: 1.25, ...more });
      await store.jobs.update('ended since', end(NOON + 5, { deletedAt: NOON + 5 }));
      await store.jobs.update('ended then', end(NOON, { state: 'cancelled' }));
      await store.jobs.update('ended before', end(NOON - 1));
      const painting = { painterMs: 1.25, estimateMs: 60_000 };
      expect(await store.jobs.spending(server, NOON)).toEqual([
        {
          user: 'long waiting',
          createdAt: NOON - 20,
          finishedAt: null,
          state: 'waiting',
          painterMs: 0,
          estimateMs: 60_000,
        },
        { user: 'ended since', createdAt: NOON - 9, finishedAt: NOON + 5, state: 'done', ...painting },
        {
          user: 'ended then',
          createdAt: NOON - 8,
          finishedAt: NOON,
          state: 'cancelled',
          ...painting,
          estimateMs: 7.5,
        },
      ]);
    });
  });

  describe('painter time', () => {
    it('is that of all jobs that ended since a time, whoever asked for them', async () => {
      const { store } = subject();
      await insertAll(store, [
        newJob('a'),
        newJob('b', { platform: 'slack', server: 'workspace', user: 'bob' }),
        newJob('before'),
        newJob('running'),
      ]);
      await store.jobs.update('a', { state: 'done', finishedAt: NOON, painterMs: 1500.5 });
      await store.jobs.update('b', { state: 'failed', finishedAt: NOON + 1, painterMs: 20 });
      await store.jobs.update('before', { state: 'done', finishedAt: NOON - 1, painterMs: 7 });
      await store.jobs.update('running', { state: 'running', startedAt: NOON });
      const times = await store.jobs.painterTime(NOON);
      expect(times.sort((a, b) => a.finishedAt - b.finishedAt)).toEqual([
        { ...server, ...ada, finishedAt: NOON, painterMs: 1500.5 },
        { platform: 'slack', server: 'workspace', user: 'bob', finishedAt: NOON + 1, painterMs: 20 },
      ]);
    });
  });
}
