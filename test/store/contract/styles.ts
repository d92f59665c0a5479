import { describe, expect, it } from 'vitest';
import type { Subject } from '../contract.ts';
import { hashOf, server, style } from './records.ts';

export function describeStyles(subject: Subject): void {
  describe('a server’s saved styles', () => {
    it('are found by name on that server alone, also after a restart', async () => {
      const { store, reopen } = subject();
      await store.styles.save(style('waves'));
      await store.styles.save(style('waves', { server: 'elsewhere', hash: hashOf('other waves') }));
      const reopened = await reopen();
      expect(await reopened.styles.get(server, 'waves')).toEqual(style('waves'));
      expect(await reopened.styles.get(server, 'Waves')).toBeUndefined();
      expect(await reopened.styles.get({ ...server, platform: 'slack' }, 'waves')).toBeUndefined();
      expect(await reopened.styles.get({ ...server, server: 'third' }, 'waves')).toBeUndefined();
    });

    it('are listed by name', async () => {
      const { store } = subject();
      const names = ['waves', 'élan', 'night', 'Oils', 'night-2'];
      for (const name of names) await store.styles.save(style(name));
      await store.styles.save(style('other', { server: 'elsewhere' }));
      expect(await store.styles.list(server)).toEqual(
        ['Oils', 'night', 'night-2', 'waves', 'élan'].map((name) => style(name)),
      );
    });

    it('keep their names to themselves: another one of the same name is refused', async () => {
      const { store } = subject();
      await store.styles.save(style('waves'));
      await expect(store.styles.save(style('waves', { hash: hashOf('other') }))).rejects.toMatchObject({
        name: 'ImpastoError',
        code: 'already-exists',
      });
      expect(await store.styles.list(server)).toEqual([style('waves')]);
    });

    it('can be removed, once', async () => {
      const { store } = subject();
      const elsewhere = style('waves', { server: 'elsewhere' });
      await store.styles.save(style('waves'));
      await store.styles.save(elsewhere);
      expect(await store.styles.remove(server, 'waves')).toBe(true);
      expect(await store.styles.remove(server, 'waves')).toBe(false);
      expect(await store.styles.list(server)).toEqual([]);
      expect(await store.styles.list({ platform: 'discord', server: 'elsewhere' })).toEqual([elsewhere]);
    });
  });
}
