import { describe, expect, it } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import type { Subject } from '../contract.ts';
import { delivered, hashOf, NOON, newJob, painted, server, style } from './records.ts';

const sources = {
  content: hashOf('content'),
  styles: [
    { hash: hashOf('style'), name: 'one' },
    { hash: hashOf('another style'), name: 'two' },
    { hash: hashOf('style'), name: 'one again' },
  ],
  mask: hashOf('mask'),
  init: hashOf('init'),
};
const SOURCES = ['content', 'style', 'another style', 'mask', 'init'];
const RESULTS = ['result', 'film'];

/** Which of the pictures are referenced, by content. */
async function referenced(store: Store, pictures = [...SOURCES, ...RESULTS]): Promise<string[]> {
  const found = await Promise.all(pictures.map((picture) => store.isReferenced(hashOf(picture))));
  return pictures.filter((_, index) => found[index]);
}

async function inUse(store: Store): Promise<string[]> {
  const known = [...SOURCES, ...RESULTS, 'waves'];
  const found = await Promise.all(known.map((picture) => store.isInUse(hashOf(picture))));
  return known.filter((_, index) => found[index]);
}

export function describeReferences(subject: Subject): void {
  describe('the pictures of a job', () => {
    it('are referenced from its acceptance on, those of its result when that is on record', async () => {
      const { store, reopen } = subject();
      await store.jobs.insert(newJob('a', sources));
      expect(await referenced(store)).toEqual(SOURCES);
      const result = painted({ timelapse: hashOf('film') });
      await store.jobs.transition('a', ['waiting'], delivered({ result }));
      expect(await referenced(await reopen())).toEqual([...SOURCES, ...RESULTS]);
    });

    it('are no longer referenced when it is deleted, but for those of other jobs', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a', sources));
      await store.jobs.insert(newJob('b', { ...sources, mask: null, init: hashOf('result') }));
      await store.jobs.update('a', delivered({ result: painted({ timelapse: hashOf('film') }) }));
      await store.jobs.update('a', { deletedAt: NOON });
      expect(await referenced(store)).toEqual(['content', 'style', 'another style', 'result']);
      await store.jobs.update('b', { deletedAt: NOON });
      expect(await referenced(store)).toEqual([]);
    });

    it('are those of its last result', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a', sources));
      await store.jobs.update('a', { result: painted({ timelapse: hashOf('film') }) });
      await store.jobs.update('a', { result: painted({ picture: hashOf('init') }) });
      expect(await referenced(store)).toEqual(SOURCES);
      await store.jobs.update('a', { result: null });
      expect(await referenced(store)).toEqual(SOURCES);
    });

    it('are in use until the requester has been told of its end', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a', sources));
      expect(await inUse(store)).toEqual(SOURCES);
      await store.jobs.update('a', { state: 'running' });
      expect(await inUse(store)).toEqual(SOURCES);
      await store.jobs.update('a', {
        state: 'done',
        result: painted({ timelapse: hashOf('film') }),
      });
      expect(await inUse(store)).toEqual([...SOURCES, ...RESULTS]);
      await store.jobs.update('a', { deliveredAt: NOON });
      expect(await inUse(store)).toEqual([]);
    });

    it('are not in use when it is deleted before its requester has been told', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a', sources));
      await store.jobs.update('a', { state: 'done', deletedAt: NOON });
      expect(await inUse(store)).toEqual([]);
    });
  });

  describe('the picture of a saved style', () => {
    it('is referenced and in use until the style is removed', async () => {
      const { store } = subject();
      await store.styles.save(style('waves'));
      expect(await inUse(store)).toEqual(['waves']);
      expect(await referenced(store, ['waves'])).toEqual(['waves']);
      await store.styles.remove(server, 'waves');
      expect(await inUse(store)).toEqual([]);
      expect(await referenced(store, ['waves'])).toEqual([]);
    });
  });
}
