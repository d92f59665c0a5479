import { describe, expect, it } from 'vitest';
import type { Subject } from '../contract.ts';
import {
  ada,
  bob,
  delivered,
  entry,
  hashOf,
  ids,
  insertAll,
  NOON,
  newJob,
  painted,
  server,
  style,
} from './records.ts';

const at = (message: string) => ({ platform: 'discord', channel: 'canvas', message });
const sorted = <Item>(items: readonly Item[]) => [...items].sort();

export function describeErasure(subject: Subject): void {
  describe('erasing a user', () => {
    it('removes their ended jobs, whatever came of them, and leaves the others', async () => {
      const { store, reopen } = subject();
      const states = ['done', 'failed', 'cancelled', 'waiting', 'running'] as const;
      await insertAll(
        store,
        states.map((state) => newJob(state)),
      );
      for (const state of states) await store.jobs.update(state, { state });
      await insertAll(store, [newJob('of bob', bob), newJob('on slack', { platform: 'slack' })]);
      await store.jobs.update('of bob', delivered());
      await store.jobs.update('on slack', delivered());
      expect(await store.eraseUser(ada)).toMatchObject({ jobs: 3 });
      const reopened = await reopen();
      expect(ids(await reopened.jobs.ofUser(ada, 10)).sort()).toEqual(['running', 'waiting']);
      expect(await reopened.jobs.get('of bob')).toBeDefined();
      expect(await reopened.jobs.get('on slack')).toBeDefined();
    });

    it('removes the links of their ended jobs’ messages and names the messages', async () => {
      const { store } = subject();
      await insertAll(store, [newJob('ended'), newJob('running'), newJob('of bob', bob)]);
      await store.jobs.update('ended', delivered());
      await store.jobs.update('of bob', delivered());
      await store.messages.link(at('1'), 'ended', 'status');
      await store.messages.link(at('2'), 'ended', 'result');
      await store.messages.link(at('0'), 'ended', 'thread');
      await store.messages.link(at('3'), 'running', 'status');
      await store.messages.link(at('4'), 'of bob', 'result');
      const { messages } = await store.eraseUser(ada);
      expect([...messages].sort((a, b) => a.message.localeCompare(b.message))).toEqual([
        { ...at('0'), role: 'thread' },
        { ...at('1'), role: 'status' },
        { ...at('2'), role: 'result' },
      ]);
      const left = await Promise.all(['1', '2', '3', '4'].map((id) => store.messages.find(at(id))));
      expect(left.map((link) => link?.jobId)).toEqual([undefined, undefined, 'running', 'of bob']);
    });

    it('leaves the jobs that others derived from theirs, without a parent', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('parent'));
      await store.jobs.update('parent', delivered({ result: painted() }));
      const change = 'more style';
      await store.jobs.insert(
        newJob('child', { ...bob, parentId: 'parent', change, init: hashOf('result') }),
      );
      const { pictures } = await store.eraseUser(ada);
      expect(pictures).toEqual([]);
      expect(await store.jobs.get('child')).toMatchObject({ parentId: null, change, init: hashOf('result') });
      expect(await store.isReferenced(hashOf('result'))).toBe(true);
    });

    it('removes their saved styles on all servers of the platform, and their preferences', async () => {
      const { store } = subject();
      await store.styles.save(style('waves'));
      await store.styles.save(style('night', { server: 'elsewhere' }));
      await store.styles.save(style('oils', bob));
      await store.preferences.set(ada, { size: 512, colors: 'content' });
      await store.preferences.set(bob, { size: 256 });
      const erased = await store.eraseUser(ada);
      expect(erased).toMatchObject({ styles: 2, preferences: 2 });
      expect(sorted(erased.pictures)).toEqual(sorted(['waves', 'night'].map(hashOf)));
      expect(await store.styles.list(server)).toEqual([style('oils', bob)]);
      expect(await store.styles.list({ ...server, server: 'elsewhere' })).toEqual([]);
      expect(await store.preferences.get(ada)).toEqual({});
      expect(await store.preferences.get(bob)).toEqual({ size: 256 });
    });

    it('keeps the audit log’s entries without their name', async () => {
      const { store } = subject();
      const elsewhere = { ...server, server: 'elsewhere' };
      await store.servers.setLimits({ maxSize: 512 }, entry('limits set maxSize'));
      await store.servers.setLimits({}, entry('limits reset', bob));
      await store.servers.setLimits({}, entry('styles remove waves', elsewhere));
      await store.eraseUser(ada);
      const users = (await store.servers.audit(server, 10)).map(({ action, user }) => [action, user]);
      expect(users).toEqual([
        ['limits reset', 'bob'],
        ['limits set maxSize', 'erased'],
      ]);
      expect(await store.servers.audit(elsewhere, 10)).toMatchObject([{ user: 'erased' }]);
    });

    it('names the pictures that nothing else refers to', async () => {
      const { store } = subject();
      const job = (id: string, content: string, styleHash: string) =>
        newJob(id, { content: hashOf(content), styles: [{ hash: hashOf(styleHash), name: 'style' }] });
      await insertAll(store, [
        job('a', 'only hers', 'of a saved style'),
        job('b', 'of her running job', 'of bob too'),
        job('running', 'of her running job', 'hers twice'),
        { ...job('of bob', 'of bob too', 'of a saved style'), ...bob },
        { ...job('deleted by bob', 'deleted by bob', 'deleted by bob'), ...bob },
        job('c', 'deleted by bob', 'her own style'),
      ]);
      const result = painted({ timelapse: hashOf('film') });
      for (const id of ['a', 'b', 'c']) await store.jobs.update(id, delivered());
      await store.jobs.update('a', { result });
      await store.jobs.update('of bob', delivered());
      await store.jobs.update('deleted by bob', delivered({ deletedAt: NOON }));
      await store.styles.save(style('of a saved style', bob));
      await store.styles.save(style('her own style'));
      const { pictures } = await store.eraseUser(ada);
      expect(sorted(pictures)).toEqual(
        sorted(['only hers', 'result', 'film', 'deleted by bob', 'her own style'].map(hashOf)),
      );
    });

    it('erases nothing of somebody unknown', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a'));
      await store.jobs.update('a', delivered());
      const nothing = { jobs: 0, styles: 0, preferences: 0, messages: [], pictures: [] };
      expect(await store.eraseUser(bob)).toEqual(nothing);
      expect(await store.jobs.get('a')).toBeDefined();
    });
  });
}
