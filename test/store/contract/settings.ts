import { describe, expect, it } from 'vitest';
import type { Subject } from '../contract.ts';
import { ada, bob } from './records.ts';

export function describeSettings(subject: Subject): void {
  describe('a user’s preferences', () => {
    it('are those set last, each user’s their own, also after a restart', async () => {
      const { store, reopen } = subject();
      await store.preferences.set(ada, { size: 512, colors: 'content' });
      await store.preferences.set(bob, { size: 256 });
      await store.preferences.set(ada, { size: 1024 });
      const reopened = await reopen();
      expect(await reopened.preferences.get(ada)).toEqual({ size: 1024 });
      expect(await reopened.preferences.get(bob)).toEqual({ size: 256 });
      expect(await reopened.preferences.get({ ...ada, platform: 'slack' })).toEqual({});
    });

    it('are removed when empty ones are set', async () => {
      const { store } = subject();
      await store.preferences.set(ada, { size: 512 });
      await store.preferences.set(ada, {});
      expect(await store.preferences.get(ada)).toEqual({});
    });
  });

  describe('a measurement', () => {
    it('is the number set last, to the last digit, also after a restart', async () => {
      const { store, reopen } = subject();
      await store.measurements.set('speed', 1);
      await store.measurements.set('speed', 0.1 + 0.2);
      await store.measurements.set('memory', 2 ** 52 + 1);
      const reopened = await reopen();
      expect(await reopened.measurements.get('speed')).toBe(0.1 + 0.2);
      expect(await reopened.measurements.get('memory')).toBe(2 ** 52 + 1);
    });

    it('is undefined until it is set', async () => {
      expect(await subject().store.measurements.get('speed')).toBeUndefined();
    });
  });

  describe('a closed store', () => {
    it('fails, and may be closed again', async () => {
      const { store } = subject();
      await store.close();
      await store.close();
      await expect(store.jobs.get('a')).rejects.toMatchObject({
        name: 'ImpastoError',
        code: 'store-failed',
        cause: expect.any(Error),
      });
      await expect(store.isReferenced('a')).rejects.toMatchObject({ code: 'store-failed' });
    });
  });
}
