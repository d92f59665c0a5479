import { describe, expect, it } from 'vitest';
import type { KeptPicture, PictureOwner, Share, Store } from '../../../src/store/store.ts';
import type { Subject } from '../contract.ts';
import { ada, bob, delivered, hashOf, NOON, newJob, painted, server, style } from './records.ts';

const adaHere = { ...server, ...ada };
const bobHere = { ...server, ...bob };
const adaThere = { ...adaHere, server: 'elsewhere' };

const picture = (content: string, owner: PictureOwner, bytes: number): KeptPicture => ({
  platform: owner.platform,
  server: owner.server,
  user: owner.user,
  hash: hashOf(content),
  bytes,
});

/** The content of a share's pictures that may be removed, those unused for longest first. */
async function removable(store: Store, share: Share, among: readonly string[], before = NOON + 1e6) {
  const found = await store.keptPictures.leastUsed(share, before, 100);
  return found.map(({ hash }) => among.find((content) => hashOf(content) === hash));
}

export function describeKeptPictures(subject: Subject): void {
  const bytesOf = (share: Share) => subject().store.keptPictures.bytes(share, hashOf('none of them'));

  describe('pictures that were kept', () => {
    it('count towards the shares of their person and server, each once', async () => {
      const { store, reopen } = subject();
      const large = 5_000_000_000;
      await store.keptPictures.add(picture('a', adaHere, large), NOON);
      await store.keptPictures.add(picture('a', adaHere, large), NOON + 1);
      await store.keptPictures.add(picture('a', adaThere, large), NOON);
      await store.keptPictures.add(picture('b', adaHere, 7), NOON);
      await store.keptPictures.add(picture('b', bobHere, 7), NOON);
      await store.keptPictures.add(picture('c', { ...adaHere, platform: 'slack' }, 1), NOON);
      const { keptPictures } = await reopen();
      const none = hashOf('none of them');
      expect(await keptPictures.bytes(ada, none)).toBe(large + 7);
      expect(await keptPictures.bytes(server, none)).toBe(large + 7);
      expect(await keptPictures.bytes(bob, none)).toBe(7);
      expect(await keptPictures.bytes({ ...server, server: 'elsewhere' }, none)).toBe(large);
      expect(await keptPictures.bytes(ada, hashOf('a'))).toBe(7);
      expect(await keptPictures.bytes({ ...ada, user: 'nobody' }, none)).toBe(0);
    });

    it('are known of a person on a server, and of others', async () => {
      const { keptPictures } = subject().store;
      await keptPictures.add(picture('a', adaHere, 1), NOON);
      expect(await keptPictures.has(adaHere, hashOf('a'))).toBe(true);
      expect(await keptPictures.has(adaThere, hashOf('a'))).toBe(false);
      expect(await keptPictures.has(bobHere, hashOf('a'))).toBe(false);
      expect(await keptPictures.hasOthers(ada, hashOf('a'))).toBe(false);
      expect(await keptPictures.hasOthers(bob, hashOf('a'))).toBe(true);
      expect(await keptPictures.hasOthers(server, hashOf('a'))).toBe(false);
      await keptPictures.add(picture('a', adaThere, 1), NOON);
      expect(await keptPictures.hasOthers(ada, hashOf('a'))).toBe(false);
      expect(await keptPictures.hasOthers(server, hashOf('a'))).toBe(true);
    });

    it('are added since a time once more when they are kept again', async () => {
      const { keptPictures } = subject().store;
      await keptPictures.add(picture('a', adaHere, 1), NOON);
      await keptPictures.add(picture('b', bobHere, 20), NOON + 1);
      expect(await keptPictures.addedSince(NOON)).toBe(21);
      expect(await keptPictures.addedSince(NOON + 1)).toBe(20);
      expect(await keptPictures.addedSince(NOON + 2)).toBe(0);
      await keptPictures.add(picture('a', adaHere, 1), NOON + 2);
      expect(await keptPictures.addedSince(NOON + 2)).toBe(1);
    });

    it('are used when they are kept, if nothing else is said, and when a job is painted from them', async () => {
      const { store } = subject();
      const used = (content: string, time: number) => store.keptPictures.usedSince(hashOf(content), time);
      await store.keptPictures.add(picture('a', adaHere, 1), NOON);
      await store.keptPictures.add(picture('a', bobHere, 1), NOON + 1);
      expect(await used('a', NOON + 1)).toBe(true);
      expect(await used('a', NOON + 2)).toBe(false);
      expect(await used('b', NOON)).toBe(false);
      await store.keptPictures.add(picture('a', bobHere, 1), NOON + 3, NOON);
      expect(await used('a', NOON + 1)).toBe(false);
      expect(await store.keptPictures.addedSince(NOON + 3)).toBe(1);
      await store.jobs.insert(newJob('a', { content: hashOf('a'), createdAt: NOON + 9 }));
      expect(await used('a', NOON + 9)).toBe(true);
    });

    it('are found in the order of their last use: kept, or asked for in a job of anybody', async () => {
      const { store } = subject();
      for (const [index, content] of ['a', 'b', 'c'].entries()) {
        await store.keptPictures.add(picture(content, adaHere, index), NOON + index);
      }
      await store.keptPictures.add(picture('a', adaHere, 0), NOON + 10);
      const sources = { content: hashOf('b'), styles: [{ hash: hashOf('x'), name: 'x' }] };
      await store.jobs.insert(newJob('repainted', { ...bob, ...sources, createdAt: NOON + 20 }));
      await store.jobs.update('repainted', delivered());
      const all = ['a', 'b', 'c'];
      expect(await removable(store, ada, all)).toEqual(['c', 'a', 'b']);
      expect(await removable(store, server, all)).toEqual(['c', 'a', 'b']);
      expect(await removable(store, bob, all)).toEqual([]);
      expect(await removable(store, ada, all, NOON + 20)).toEqual(['c', 'a']);
      expect(await store.keptPictures.leastUsed(ada, NOON + 30, 1)).toEqual([
        { hash: hashOf('c'), bytes: 2 },
      ]);
    });

    it('cannot be removed while they are in use', async () => {
      const { store } = subject();
      const all = ['of a job', 'its style', 'its result', 'saved', 'unused'];
      for (const content of all) await store.keptPictures.add(picture(content, adaHere, 1), NOON);
      const styles = [{ hash: hashOf('its style'), name: 'style' }];
      await store.jobs.insert(newJob('a', { content: hashOf('of a job'), styles }));
      await store.jobs.update('a', { result: painted({ picture: hashOf('its result') }) });
      await store.styles.save(style('saved', bob));
      expect(await removable(store, ada, all)).toEqual(['unused']);
      await store.jobs.update('a', { state: 'done' });
      expect(await removable(store, ada, all)).toEqual(['unused']);
      await store.jobs.update('a', delivered());
      await store.styles.remove(server, 'saved');
      expect((await removable(store, ada, all)).sort()).toEqual([...all].sort());
    });

    it('are forgotten for everybody, for a share, or for one person on one server', async () => {
      const { keptPictures } = subject().store;
      for (const owner of [adaHere, adaThere, bobHere]) {
        for (const content of ['a', 'b', 'c']) await keptPictures.add(picture(content, owner, 1), NOON);
      }
      await keptPictures.forget([]);
      await keptPictures.forget([hashOf('a')], adaThere);
      await keptPictures.forget([hashOf('b')], ada);
      await keptPictures.forget([hashOf('c'), ...Array.from({ length: 1200 }, (_, i) => hashOf(`${i}`))]);
      const left = async (content: string) =>
        Promise.all([adaHere, adaThere, bobHere].map((owner) => keptPictures.has(owner, hashOf(content))));
      expect(await left('a')).toEqual([true, false, true]);
      expect(await left('b')).toEqual([false, false, true]);
      expect(await left('c')).toEqual([false, false, false]);
    });

    it('are forgotten when they have not been used for long', async () => {
      const { keptPictures } = subject().store;
      await keptPictures.add(picture('old', adaHere, 1), NOON);
      await keptPictures.add(picture('new', adaHere, 20), NOON + 1);
      await keptPictures.forgetUnused(NOON + 1);
      expect(await bytesOf(ada)).toBe(20);
    });

    it('are erased with their person, or their server, and named when nothing refers to them', async () => {
      const { store } = subject();
      await store.keptPictures.add(picture('never painted', adaHere, 1), NOON);
      await store.keptPictures.add(picture('painted', adaHere, 1), NOON);
      await store.keptPictures.add(picture('never painted', adaThere, 1), NOON);
      await store.keptPictures.add(picture('of bob', bobHere, 1), NOON);
      await store.jobs.insert(newJob('of bob', { ...bob, content: hashOf('painted') }));
      expect((await store.eraseUser(ada)).pictures).toEqual([hashOf('never painted')]);
      expect(await bytesOf(ada)).toBe(0);
      expect(await bytesOf(bob)).toBe(1);
      await store.keptPictures.add(picture('there', adaThere, 1), NOON);
      expect((await store.eraseServer(server)).pictures).toEqual([hashOf('of bob')]);
      expect(await bytesOf(bob)).toBe(0);
      expect(await bytesOf(ada)).toBe(1);
    });

    it('make a server one that something is kept of', async () => {
      const { store } = subject();
      await store.keptPictures.add(picture('a', adaThere, 1), NOON);
      await store.servers.setPresent('discord', [], NOON, () => true);
      expect(await store.servers.leftBefore(NOON + 1)).toEqual([
        { platform: 'discord', server: 'elsewhere' },
      ]);
    });

    it('are noted by many at once', async () => {
      const { store } = subject();
      const add = (index: number) =>
        store.keptPictures.add(picture(`${index % 5}`, index % 2 ? adaHere : bobHere, 1), NOON + index);
      await Promise.all(Array.from({ length: 40 }, (_, index) => add(index)));
      expect(await bytesOf(server)).toBe(5);
    });
  });
}
