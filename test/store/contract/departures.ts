import { describe, expect, it } from 'vitest';
import type { Subject } from '../contract.ts';
import { ada, delivered, entry, hashOf, insertAll, NOON, newJob, server, style } from './records.ts';

const elsewhere = { platform: 'discord', server: 'elsewhere' };

export function describeDepartures(subject: Subject): void {
  describe('a server that the bot has left', () => {
    it('counts as left since the first time that this was noted, also after a restart', async () => {
      const { store, reopen } = subject();
      await store.servers.setLeft(server, NOON);
      await store.servers.setLeft(server, NOON + 1000);
      const reopened = await reopen();
      expect(await reopened.servers.leftBefore(NOON)).toEqual([]);
      expect(await reopened.servers.leftBefore(NOON + 1)).toEqual([server]);
    });

    it('is found among those that something is kept of, but for direct messages', async () => {
      const { store } = subject();
      await insertAll(store, [newJob('a'), newJob('direct', { server: '@ada' })]);
      await store.styles.save(style('waves', elsewhere));
      await store.servers.setLimits({ maxSize: 64 }, entry('set', { server: 'third' }));
      await store.servers.setLimits({ maxSize: 64 }, entry('set', { platform: 'slack' }));
      await store.servers.setPresent('discord', ['third'], NOON, () => true);
      const left = await store.servers.leftBefore(NOON + 1);
      expect(left.map((each) => each.server).sort()).toEqual(['elsewhere', 'guild']);
    });

    it('is not one of those that another process answers for', async () => {
      const { store } = subject();
      await insertAll(store, [newJob('a'), newJob('theirs', elsewhere)]);
      await store.servers.setPresent('discord', [], NOON, (id) => id !== elsewhere.server);
      expect(await store.servers.leftBefore(NOON + 1)).toEqual([server]);
    });

    it('counts no longer as left when the bot is back', async () => {
      const { store } = subject();
      await store.servers.setLeft(server, NOON);
      await store.servers.setLeft({ ...server, platform: 'slack' }, NOON);
      await store.servers.setPresent('discord', [server.server], NOON + 1, () => true);
      expect(await store.servers.leftBefore(NOON + 2)).toEqual([{ ...server, platform: 'slack' }]);
    });
  });

  describe('erasing a server', () => {
    it('removes its ended jobs, styles, limits, audit log and departure, and nothing of another', async () => {
      const { store } = subject();
      await insertAll(store, [newJob('ended'), newJob('running'), newJob('other', elsewhere)]);
      await store.jobs.update('ended', delivered());
      await store.jobs.update('other', delivered());
      const message = { platform: 'discord', channel: 'canvas', message: '1' };
      await store.messages.link(message, 'ended', 'result');
      await store.styles.save(style('waves'));
      await store.styles.save(style('night', elsewhere));
      await store.servers.setLimits({ maxSize: 64 }, entry('set'));
      await store.servers.setLimits({ maxSize: 64 }, entry('set', elsewhere));
      await store.servers.setLeft(server, NOON);
      await store.preferences.set(ada, { size: 512 });

      const erased = await store.eraseServer(server);
      expect(erased).toEqual({
        jobs: 1,
        styles: 1,
        preferences: 0,
        messages: [{ ...message, role: 'result' }],
        pictures: [hashOf('waves')],
      });
      expect(await store.jobs.get('ended')).toBeUndefined();
      expect(await store.jobs.get('running')).toBeDefined();
      expect(await store.jobs.get('other')).toBeDefined();
      expect(await store.servers.limits(server)).toEqual({});
      expect(await store.servers.audit(server, 10)).toEqual([]);
      expect(await store.servers.leftBefore(NOON + 1)).toEqual([]);
      expect(await store.servers.limits(elsewhere)).toEqual({ maxSize: 64 });
      expect(await store.styles.list(elsewhere)).toHaveLength(1);
      expect(await store.preferences.get(ada)).toEqual({ size: 512 });
    });
  });
}
