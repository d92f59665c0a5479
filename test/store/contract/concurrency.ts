import { describe, expect, it } from 'vitest';
import type { Subject } from '../contract.ts';
import { ada, bob, delivered, entry, hashOf, ids, newJob, painted, server } from './records.ts';

const at = (message: string) => ({ platform: 'discord', channel: 'canvas', message });

export function describeConcurrency(subject: Subject): void {
  describe('what happens at once', () => {
    it('does not get in each other’s way: all jobs are on record, with their pictures', async () => {
      const { store } = subject();
      const names = Array.from({ length: 40 }, (_, index) => `job-${index}`);
      await Promise.all(names.map((name) => store.jobs.insert(newJob(name, { content: hashOf(name) }))));
      expect(ids(await store.jobs.unfinished()).sort()).toEqual([...names].sort());
      const inUse = await Promise.all(names.map((name) => store.isInUse(hashOf(name))));
      expect(names.filter((_, index) => !inUse[index])).toEqual([]);
    });

    it('puts a job on record once, however often', async () => {
      const { store } = subject();
      await Promise.all(Array.from({ length: 10 }, () => store.jobs.insert(newJob('a'))));
      expect(ids(await store.jobs.unfinished())).toEqual(['a']);
    });

    it('leaves the audit log with an entry for each change', async () => {
      const { store } = subject();
      const sizes = Array.from({ length: 20 }, (_, index) => 256 + index);
      const change = (maxSize: number) =>
        store.servers.setLimits({ maxSize }, entry('limits set maxSize', { after: String(maxSize) }));
      await Promise.all(sizes.map(change));
      const after = (await store.servers.audit(server, 100)).map((each) => Number(each.after));
      expect(after.sort()).toEqual(sizes);
    });

    it('goes well while a user is erased: nothing refers to what is gone', async () => {
      const { store } = subject();
      for (let round = 0; round < 15; round += 1) {
        const [parent, child] = [`parent-${round}`, `child-${round}`];
        await store.jobs.insert(newJob(parent));
        await store.jobs.update(parent, { state: 'running' });
        await Promise.all([
          store.jobs.update(parent, delivered({ result: painted({ picture: hashOf(parent) }) })),
          store.messages.link(at(parent), parent, 'result'),
          store.jobs.insert(newJob(child, { ...bob, parentId: parent })),
          store.eraseUser(ada),
          store.eraseUser(ada),
          store.servers.setPresent('discord', [], 1, () => true),
          store.servers.setPresent('discord', [server.server], 2, () => true),
        ]);
        const left = await store.jobs.get(parent);
        expect(await store.messages.find(at(parent))).toEqual(left && { jobId: parent, role: 'result' });
        expect((await store.jobs.get(child))?.parentId).toBe(left ? parent : null);
        expect(await store.isReferenced(hashOf(parent))).toBe(left !== undefined);
        await store.eraseUser(ada);
      }
      expect(await store.jobs.ofUser(ada, 10)).toEqual([]);
    });
  });
}
