import { describe, expect, it } from 'vitest';
import type { Subject } from '../contract.ts';
import { newJob } from './records.ts';

const message = { platform: 'discord', channel: 'canvas', message: '17' };

export function describeMessages(subject: Subject): void {
  describe('a message', () => {
    it('leads to the job that it shows, also after a restart', async () => {
      const { store, reopen } = subject();
      await store.jobs.insert(newJob('a'));
      await store.messages.link(message, 'a', 'status');
      expect(await (await reopen()).messages.find(message)).toEqual({ jobId: 'a', role: 'status' });
    });

    it.each([{ platform: 'slack' }, { channel: 'elsewhere' }, { message: '18' }])(
      'is another one with %o',
      async (difference) => {
        const { store } = subject();
        await store.jobs.insert(newJob('a'));
        await store.messages.link(message, 'a', 'status');
        expect(await store.messages.find({ ...message, ...difference })).toBeUndefined();
      },
    );

    it('is linked to the job it was linked to last', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a'));
      await store.jobs.insert(newJob('b'));
      await store.messages.link(message, 'a', 'status');
      await store.messages.link(message, 'b', 'result');
      expect(await store.messages.find(message)).toEqual({ jobId: 'b', role: 'result' });
      expect(await store.messages.ofJob('a')).toEqual([]);
    });

    it('is among the messages of its job', async () => {
      const { store } = subject();
      const result = { ...message, channel: 'thread', message: '18' };
      await store.jobs.insert(newJob('a'));
      await store.jobs.insert(newJob('b'));
      await store.messages.link(message, 'a', 'status');
      await store.messages.link(result, 'a', 'result');
      await store.messages.link({ ...message, message: '19' }, 'b', 'result');
      const found = await store.messages.ofJob('a');
      expect(found.sort((a, b) => a.message.localeCompare(b.message))).toEqual([
        { ...message, role: 'status' },
        { ...result, role: 'result' },
      ]);
    });

    it('changes its job in the same step', async () => {
      const { store } = subject();
      await store.jobs.insert(newJob('a'));
      await store.messages.link(message, 'a', 'status', { statusMessage: message });
      await store.messages.link({ ...message, message: '18' }, 'a', 'result', { deliveredAt: 5 });
      expect(await store.jobs.get('a')).toMatchObject({ statusMessage: message, deliveredAt: 5 });
    });

    it('stays unlinked when its job has been erased', async () => {
      const { store } = subject();
      await store.messages.link(message, 'erased', 'result');
      expect(await store.messages.find(message)).toBeUndefined();
    });
  });
}
