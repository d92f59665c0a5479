import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StudioOptions } from '../../../src/adapters/web/adapter.ts';
import { Journal } from '../../../src/adapters/web/journal.ts';
import { ROOM } from '../../../src/adapters/web/room.ts';
import { ask, StudioVisitor, startStudio } from '../../support/studio.ts';

const DAY_MS = 86_400_000;

async function openStudio(options: Partial<StudioOptions>) {
  const studio = await startStudio({ trustedProxies: ['127.0.0.1'], ...options });
  onTestFinished(() => studio[Symbol.asyncDispose]());
  const enter = (from = '192.0.2.1') =>
    ask(studio.url, '/api/people', { json: { name: 'Ann' }, headers: { 'x-forwarded-for': from } });
  const visit = async () => {
    const { pass, person } = (await enter()).body;
    return new StudioVisitor(studio.url, pass, person);
  };
  const isKnown = async ({ pass, person }: StudioVisitor) =>
    (await new StudioVisitor(studio.url, pass, person).ask('/api/me')).status === 200;
  /** Stops the studio, makes everybody in it seen so long ago and no later, and opens it again, as on the next day. */
  const later = async (ms: number) => {
    await studio.adapter.close();
    const journal = await Journal.open(path.join(studio.folder, 'studio.db'));
    await journal.db
      .updateTable('people')
      .set({ seen_at: Date.now() - ms })
      .execute();
    await journal.close();
    await studio.restart({ now: () => Date.now() + DAY_MS });
  };
  return { studio, enter, visit, isKnown, later };
}

describe('The people of the studio', () => {
  it('of one network are so many in an hour, and others come in', async () => {
    const { enter } = await openStudio({ people: { all: 100, ofNetwork: 3 } });
    const statuses = [];
    for (const nth of [1, 2, 3, 4]) statuses.push((await enter(`2001:db8::${nth}`)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await enter('2001:db8:0:1::1')).status).toBe(200);
  });

  it('are so many in all; who has left nothing for a while makes room', async () => {
    const { studio, enter, visit, isKnown, later } = await openStudio({
      people: { all: 3, ofNetwork: 100 },
      retentionMs: 30 * DAY_MS,
    });
    const [ann, bob, cat] = [await visit(), await visit(), await visit()];
    expect((await enter()).status).toBe(429);
    const thread = { user: ann.person.id, userName: 'Ann', title: 'poppy-wash', previews: async () => ({}) };
    await studio.adapter.openThread(ROOM, thread, 'thread');
    await studio.adapter.direct(bob.person.id, { text: 'for Bob' }, 'key');
    await later(3_600_000);
    expect((await enter()).status).toBe(200);
    expect([await isKnown(ann), await isKnown(bob), await isKnown(cat)]).toEqual([true, true, false]);
  });

  it('are forgotten after a week where they have left nothing, else with their messages', async () => {
    const { studio, visit, isKnown, later } = await openStudio({ retentionMs: 30 * DAY_MS });
    const [ann, bob] = [await visit(), await visit()];
    await studio.adapter.direct(ann.person.id, { text: 'for Ann' }, 'key');
    await later(6 * DAY_MS);
    expect([await isKnown(ann), await isKnown(bob)]).toEqual([true, true]);
    await later(8 * DAY_MS);
    expect([await isKnown(ann), await isKnown(bob)]).toEqual([true, false]);
    await later(31 * DAY_MS);
    expect(await isKnown(ann)).toBe(false);
  });

  it('are not forgotten, nor their messages, when the clock is far ahead at a start', async () => {
    const { studio, visit, isKnown, later } = await openStudio({ retentionMs: 30 * DAY_MS });
    const ann = await visit();
    await studio.adapter.direct(ann.person.id, { text: 'for Ann' }, 'key');
    await later(0);
    const restarted = async (days: number) => {
      await studio.restart({ now: () => Date.now() + days * DAY_MS });
      return isKnown(ann);
    };
    expect([await restarted(400), await restarted(2), await restarted(400)]).toEqual([true, true, true]);
    expect(await restarted(401)).toBe(false);
  });

  it('stay as long as they come back now and then', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { studio, visit, isKnown } = await openStudio({});
    // The faked clock begins at 0, which no process meets.
    vi.advanceTimersByTime(1);
    const ann = await visit();
    for (let week = 0; week < 3; week++) {
      vi.advanceTimersByTime(6 * DAY_MS);
      expect(await isKnown(ann)).toBe(true);
    }
    await studio.restart({ retentionMs: 30 * DAY_MS });
    expect(await isKnown(new StudioVisitor(studio.url, ann.pass, ann.person))).toBe(true);
  });
});
