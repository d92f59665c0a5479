import { describe, expect, it } from 'vitest';
import type { Subject } from '../contract.ts';
import { entry, NOON, server } from './records.ts';

export function describeServers(subject: Subject): void {
  describe('a server’s limits', () => {
    it('are empty until some are set', async () => {
      expect(await subject().store.servers.limits(server)).toEqual({});
    });

    it('are those set last, each server’s its own, also after a restart', async () => {
      const { store, reopen } = subject();
      const limits = { maxSize: 512, allowedChannels: ['canvas'], jobsPerRolePerDay: { artist: 9 } };
      await store.servers.setLimits({ maxSize: 256, cooldownSeconds: 3 }, entry('limits set maxSize'));
      await store.servers.setLimits(limits, entry('limits set maxSize'));
      await store.servers.setLimits({ maxSize: 128 }, entry('limits set', { server: 'elsewhere' }));
      await store.servers.setLimits({ maxSize: 64 }, entry('limits set', { platform: 'slack' }));
      const reopened = await reopen();
      expect(await reopened.servers.limits(server)).toEqual(limits);
      expect(await reopened.servers.limits({ ...server, platform: 'slack' })).toEqual({ maxSize: 64 });
    });

    it('are not set when their change cannot be written down', async () => {
      const { store } = subject();
      await store.servers.setLimits({ maxSize: 256 }, entry('limits set maxSize'));
      const unwritable = entry('limits set maxSize', { action: null as unknown as string });
      await expect(store.servers.setLimits({ maxSize: 512 }, unwritable)).rejects.toMatchObject({
        code: 'store-failed',
        cause: expect.any(Error),
      });
      expect(await store.servers.limits(server)).toEqual({ maxSize: 256 });
      expect(await store.servers.audit(server, 10)).toHaveLength(1);
    });
  });

  describe('the audit log', () => {
    it('has a server’s changes, newest first, as many as asked for', async () => {
      const { store } = subject();
      const entries = [
        entry('limits set maxSize', { before: null, after: '512' }),
        entry('styles remove waves', { user: 'bob', before: '"waves"', after: null }),
        entry('limits reset', { at: NOON + 1 }),
      ] as const;
      await store.servers.setLimits({ maxSize: 512 }, entries[0]);
      await store.servers.setLimits({}, entries[1]);
      await store.servers.setLimits({}, entry('elsewhere', { server: 'elsewhere' }));
      await store.servers.setLimits({}, entry('on another platform', { platform: 'slack' }));
      await store.servers.setLimits({}, entries[2]);
      expect(await store.servers.audit(server, 10)).toEqual([...entries].reverse());
      expect(await store.servers.audit(server, 2)).toEqual([entries[2], entries[1]]);
    });
  });
}
