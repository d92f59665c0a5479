import type { Kysely } from 'kysely';
import { expect } from 'vitest';
import { migrations } from '../../src/store/migrations/migrations.ts';
import type { Schema } from '../../src/store/sql/schema.ts';
import type { Store } from '../../src/store/store.ts';
import { ada, bob, delivered, hashOf, NOON, newJob, server, style } from './contract/records.ts';

/** The migrations that an earlier version knew: those up to one. */
export function upTo(last: string): typeof migrations {
  return Object.fromEntries(Object.entries(migrations).filter(([name]) => name <= last));
}

/** Does to a database what the version before kept pictures were noted did: a job that waits, a saved style, preferences. */
export async function useAsBefore(db: Kysely<Schema>): Promise<void> {
  const { platform, server: server_id } = server;
  await db
    .insertInto('jobs')
    .values({
      id: 'a',
      kind: 'painting',
      platform,
      server_id,
      channel_id: 'canvas',
      user_id: ada.user,
      user_name: 'Ada',
      options: '{"size":384,"iterations":180}',
      content: hashOf('photograph'),
      styles: '[]',
      lane: 'normal',
      max_concurrent: 1,
      estimate_ms: 1,
      notices: '[]',
      state: 'waiting',
      created_at: NOON,
      sequence: 1,
      painter_ms: 0,
    })
    .execute();
  await db
    .insertInto('job_pictures')
    .values({ job_id: 'a', role: 'source', hash: hashOf('photograph') })
    .execute();
  await db
    .insertInto('styles')
    .values({
      platform,
      server_id,
      name: 'waves',
      hash: hashOf('waves'),
      user_id: ada.user,
      created_at: NOON,
    })
    .execute();
  for (const [user_id, preferences] of [
    [ada.user, '{"preset":"fine","strength":1}'],
    [bob.user, '{"contentWeight":5,"strength":1}'],
  ] as const)
    await db.insertInto('preferences').values({ platform, user_id, preferences }).execute();
}

/** What was on record is there, and pictures are noted from now on. */
export async function expectGoesOn(store: Store): Promise<void> {
  expect(await store.jobs.unfinished()).toMatchObject([
    { id: 'a', content: hashOf('photograph'), options: { size: 384, iterations: 180, method: 'gatys' } },
  ]);
  expect(await store.preferences.get(ada)).toEqual({ preset: 'fine', strength: 1 });
  // Weights were chosen for the method that there was; what says nothing of it goes on with the usual one.
  expect(await store.preferences.get(bob)).toEqual({ contentWeight: 5, strength: 1, method: 'gatys' });
  expect(await store.styles.list(server)).toEqual([style('waves')]);
  for (const content of ['photograph', 'waves']) expect(await store.isInUse(hashOf(content))).toBe(true);
  await store.jobs.update('a', delivered());
  await store.jobs.insert(newJob('b'));
  await store.keptPictures.add({ ...server, ...ada, hash: hashOf('photograph'), bytes: 7 }, NOON);
  expect(await store.keptPictures.bytes(ada, '')).toBe(7);
  expect((await store.eraseUser(ada)).jobs).toBe(1);
}
