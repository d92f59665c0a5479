import { describe, expect, it } from 'vitest';
import type { JobPatch } from '../../../src/core/job.ts';
import type { Subject } from '../contract.ts';
import { hashOf, NOON, newJob, painted, waiting } from './records.ts';

const message = { platform: 'discord', channel: 'canvas', message: '17' };

export function describeJobs(subject: Subject): void {
  describe('a job', () => {
    it('is read back as it was accepted, waiting', async () => {
      const { store } = subject();
      const parent = newJob('parent');
      const child = newJob('child', {
        kind: 'sweep',
        parentId: 'parent',
        change: 'more style',
        thread: 'thread',
        userName: 'Ada “L’Ovelace” 🎨 \\ "',
        options: { method: 'gatys', size: 1024, strength: -0.5, colors: 'content', seed: 0 },
        styles: [
          { hash: hashOf('waves'), name: 'waves' },
          { hash: hashOf('night'), name: 'night' },
        ],
        mask: hashOf('mask'),
        init: hashOf('init'),
        lane: 'fast',
        maxConcurrent: 3,
        estimateMs: 12_345.678,
        notices: ['The largest size here is 1024 px.', ''],
      });
      await store.jobs.insert(parent);
      await store.jobs.insert(child);
      expect(await store.jobs.get('parent')).toEqual(waiting(parent));
      expect(await store.jobs.get('child')).toEqual(waiting(child));
    });

    it('is undefined when nobody has accepted it', async () => {
      expect(await subject().store.jobs.get('nowhere')).toBeUndefined();
    });

    it('keeps its id to itself: another one of the same id is refused and changes nothing', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a'));
      const another = newJob('a', { userName: 'Bob', content: hashOf('other') });
      await expect(store.jobs.insert(another)).rejects.toMatchObject({
        name: 'ImpastoError',
        code: 'already-exists',
      });
      expect(await store.jobs.get('a')).toEqual(waiting(newJob('a')));
      expect(await store.isReferenced(hashOf('other'))).toBe(false);
    });

    it('has no parent when that has been erased by the time it is accepted', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('child', { parentId: 'erased', change: 'more style' }));
      expect(await store.jobs.get('child')).toMatchObject({ parentId: null, change: 'more style' });
    });

    it('keeps every change, and what was not changed, over a restart', async () => {
      const { store, reopen } = subject();
      const patch = {
        thread: 'sketches',
        state: 'failed',
        startedAt: NOON + 1,
        finishedAt: NOON + 2,
        painterMs: 1234.5,
        result: painted({ timelapse: hashOf('film') }),
        failure: { code: 'out-of-memory', message: 'Too large.', advice: 'Ask for less.' },
        statusMessage: message,
        deliveredAt: NOON + 3,
        deletedAt: NOON + 4,
        options: { method: 'gatys', size: 256 },
      } as const satisfies Required<JobPatch>;
      await store.jobs.insert(newJob('a'));
      await store.jobs.insert(newJob('b'));
      for (const [name, value] of Object.entries(patch)) {
        await store.jobs.update('a', { [name]: value } as JobPatch);
      }
      const reopened = await reopen();
      expect(await reopened.jobs.get('a')).toEqual({ ...waiting(newJob('a')), ...patch });
      expect(await reopened.jobs.get('b')).toEqual(waiting(newJob('b')));
    });

    it('can lose what it had', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a'));
      const nothing = { startedAt: null, result: null, statusMessage: null } as const;
      await store.jobs.update('a', { startedAt: NOON, result: painted(), statusMessage: message });
      await store.jobs.update('a', nothing);
      expect(await store.jobs.get('a')).toEqual(waiting(newJob('a')));
    });

    it('stays as it is when a change is empty or meant for an unknown job', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a'));
      await store.jobs.update('a', {});
      await store.jobs.update('nowhere', { state: 'done', result: painted() });
      expect(await store.jobs.get('a')).toEqual(waiting(newJob('a')));
      expect(await store.isReferenced(painted().picture)).toBe(false);
    });
  });

  describe('a transition', () => {
    it('changes a job that is in one of the states it starts from', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a'));
      const patch = { state: 'running', startedAt: NOON } as const;
      expect(await store.jobs.transition('a', ['running', 'waiting'], patch)).toBe(true);
      expect(await store.jobs.get('a')).toEqual({ ...waiting(newJob('a')), ...patch });
    });

    it('leaves a job in another state, an unknown one, and any when it starts from none', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a'));
      const patch = { state: 'done', result: painted() } as const;
      expect(await store.jobs.transition('a', ['running'], patch)).toBe(false);
      expect(await store.jobs.transition('nowhere', ['waiting'], patch)).toBe(false);
      expect(await store.jobs.transition('a', [], patch)).toBe(false);
      expect(await store.jobs.get('a')).toEqual(waiting(newJob('a')));
      expect(await store.isReferenced(painted().picture)).toBe(false);
    });

    it('tells whether it applies even where it changes nothing', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a'));
      expect(await store.jobs.transition('a', ['waiting'], {})).toBe(true);
      expect(await store.jobs.transition('a', ['running'], {})).toBe(false);
    });

    it('happens once, however many ask for it at once', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a'));
      const attempts = Array.from({ length: 10 }, (_, startedAt) =>
        store.jobs.transition('a', ['waiting'], { state: 'running', startedAt }),
      );
      const outcomes = await Promise.all(attempts);
      expect(outcomes.filter((outcome) => outcome)).toEqual([true]);
      expect(await store.jobs.get('a')).toMatchObject({ startedAt: outcomes.indexOf(true) });
    });
  });
}
