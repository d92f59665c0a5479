import { expect, it } from 'vitest';
import { ROOM } from '../../../src/adapters/web/room.ts';
import { StudioVisitor, startStudio } from '../../support/studio.ts';

it('keeps messages and their pictures over a restart, and whoever knows a revision gets what came later', async () => {
  await using studio = await startStudio();
  const before = await StudioVisitor.enter(studio.url);
  const picture = { bytes: new Uint8Array(10), name: 'a.png', alt: 'A picture' };
  const ref = await studio.adapter.post(ROOM, { text: 'old', picture }, 'key');
  const { revision } = await before.updates();
  await studio.restart();
  const ann = new StudioVisitor(studio.url, before.pass, before.person);
  expect((await ann.updates(revision)).messages).toEqual([]);
  expect(await studio.adapter.post(ROOM, { text: 'old', picture }, 'key')).toEqual(ref);
  const [kept] = await ann.messages();
  expect((await ann.ask(`/${kept?.picture?.url}`)).body).toHaveLength(10);
  await studio.adapter.edit(ref, { text: 'new' });
  expect((await ann.updates(revision)).messages).toMatchObject([{ id: ref.message, text: 'new' }]);
  await studio.adapter.remove(ref);
  expect((await ann.updates(revision)).messages).toMatchObject([{ id: ref.message, removed: true }]);
  expect((await ann.ask(`/${kept?.picture?.url}`)).status).toBe(404);
});

it('forgets what was written to a person alone, and their threads, with forget-me', async () => {
  await using studio = await startStudio();
  const ann = await StudioVisitor.enter(studio.url);
  const thread = { user: ann.person.id, userName: 'Ann', title: 'poppy-wash', previews: async () => ({}) };
  const { place } = await studio.adapter.openThread(ROOM, thread, 'thread');
  await studio.adapter.post(place, { text: 'in it' }, 'key');
  await studio.adapter.direct(ann.person.id, { text: 'alone' }, 'key');
  await ann.command('forget-me', { confirm: true });
  expect(await ann.updates()).toMatchObject({ threads: [], messages: [] });
  await expect(studio.adapter.post(place, { text: 'late' }, 'late')).rejects.toMatchObject({
    code: 'message-gone',
  });
});
