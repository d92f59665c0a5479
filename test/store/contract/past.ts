import { describe, expect, it } from 'vitest';
import type { Subject } from '../contract.ts';
import { bob, delivered, entry, hashOf, ids, insertAll, NOON, newJob, painted, server } from './records.ts';

export function describePast(subject: Subject): void {
  describe('what is long past', () => {
    it('is jobs that ended before a time and whose requesters know it, first ended first', async () => {
      const { store } = subject();
      await insertAll(
        store,
        ['late', 'early', 'untold', 'deleted', 'then', 'waits'].map((id) => newJob(id)),
      );
      await store.jobs.update('late', delivered({ finishedAt: NOON - 1 }));
      await store.jobs.update('early', delivered({ state: 'failed', finishedAt: NOON - 9 }));
      await store.jobs.update('untold', delivered({ finishedAt: NOON - 8, deliveredAt: null }));
      const deleted = { finishedAt: NOON - 7, deliveredAt: null, deletedAt: NOON };
      await store.jobs.update('deleted', delivered({ ...deleted, state: 'cancelled' }));
      await store.jobs.update('then', delivered({ finishedAt: NOON }));
      expect(ids(await store.jobs.past(NOON, 9))).toEqual(['early', 'deleted', 'late']);
      expect(ids(await store.jobs.past(NOON, 2))).toEqual(['early', 'deleted']);
    });

    it('is no job with a result that is noted as kept, be it its time lapse, for whomever', async () => {
      const { store } = subject();
      await insertAll(
        store,
        ['picture', 'timelapse', 'gone'].map((id) => newJob(id)),
      );
      const end = (result: Parameters<typeof painted>[0]) =>
        delivered({ finishedAt: NOON - 1, result: painted(result) });
      await store.jobs.update('picture', end({ picture: hashOf('a') }));
      await store.jobs.update('timelapse', end({ picture: hashOf('b'), timelapse: hashOf('film') }));
      await store.jobs.update('gone', end({ picture: hashOf('c') }));
      // What it was painted from says nothing of its result.
      for (const content of ['a', 'film', 'photograph'])
        await store.keptPictures.add({ ...server, ...bob, hash: hashOf(content), bytes: 7 }, NOON);
      expect(ids(await store.jobs.past(NOON, 9))).toEqual(['gone']);
      expect(await store.jobs.removePast(['picture', 'timelapse', 'gone'], NOON)).toBe(1);
      await store.keptPictures.forget([hashOf('film')]);
      expect(ids(await store.jobs.past(NOON, 9))).toEqual(['timelapse']);
    });

    it('goes with its messages and pictures; what was derived from it stays, and what is not past', async () => {
      const { store } = subject();
      const message = { platform: 'discord', channel: 'canvas', message: 'm' };
      await insertAll(store, [newJob('old'), newJob('recent'), newJob('child', { parentId: 'old' })]);
      await store.messages.link(message, 'old', 'result');
      await store.jobs.update('old', delivered({ finishedAt: NOON - 1, result: painted() }));
      await store.jobs.update('recent', delivered());
      expect(await store.jobs.removePast(['old', 'recent', 'child', 'unknown'], NOON)).toBe(1);
      expect(await store.jobs.removePast([], NOON)).toBe(0);
      expect(await store.jobs.get('old')).toBeUndefined();
      expect(await store.messages.find(message)).toBeUndefined();
      expect(await store.isReferenced(hashOf('result'))).toBe(false);
      expect(await store.jobs.get('child')).toMatchObject({ parentId: null });
      expect(await store.jobs.get('recent')).toBeDefined();
    });

    it('is entries of the audit log from before a time, of all servers', async () => {
      const { store } = subject();
      const elsewhere = { server: 'elsewhere' };
      for (const at of [NOON - 2, NOON - 1, NOON]) await store.servers.setLimits({}, entry('limits', { at }));
      await store.servers.setLimits({}, entry('limits', { ...elsewhere, at: NOON - 1 }));
      expect(await store.servers.removeAudit(NOON, 2)).toBe(2);
      expect(await store.servers.removeAudit(NOON, 2)).toBe(1);
      expect(await store.servers.removeAudit(NOON, 2)).toBe(0);
      expect(await store.servers.audit(server, 9)).toEqual([entry('limits', { at: NOON })]);
      expect(await store.servers.audit({ ...server, ...elsewhere }, 9)).toEqual([]);
      await store.servers.setLimits({}, entry('limits reset', { at: NOON + 1 }));
      expect(await store.servers.audit(server, 1)).toEqual([entry('limits reset', { at: NOON + 1 })]);
    });
  });
}
