import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CommandEvent, Message } from '../../src/bot/chat.ts';
import { commandOf } from '../../src/bot/commands.ts';
import { Conversations } from '../../src/bot/conversations.ts';
import type { Handling } from '../../src/bot/handlers/handler.ts';
import { forgetMe } from '../../src/bot/handlers/privacy.ts';
import { readOptions } from '../../src/bot/options.ts';
import { createLog } from '../../src/ops/log.ts';
import { PictureKeeping } from '../../src/store/keeping.ts';
import { openPictureFolder } from '../../src/store/pictures.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { newJob } from '../store/contract/records.ts';
import { ann, studio } from '../support/instance.ts';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-privacy-'));
  store = await openSqliteStore({ file: path.join(folder, 'impasto.db') });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const user = { platform: studio.platform, user: ann.id };
const pictures = () => openPictureFolder(path.join(folder, 'pictures'));

/** Another gateway's job of the user, which is being painted; and what she sent for it. */
async function jobElsewhere() {
  const content = await pictures().put(Buffer.from('a photograph'));
  await store.jobs.insert(newJob('elsewhere', { ...user, server: 'gallery', userName: ann.name, content }));
  await store.jobs.update('elsewhere', { state: 'running' });
  return content;
}

/**
 * The user has herself forgotten, where the queue passes on what she cancels to another gateway.
 *
 * @param look - what happens when the record is looked at, by the number of the look
 */
async function forget(
  look: (looks: number) => Promise<unknown>,
): Promise<{ asked: string[]; answer: Message | undefined }> {
  const asked: string[] = [];
  let looks = 0;
  const watched: Store = {
    ...store,
    eraseUser: (key) => store.eraseUser(key),
    isReferenced: (hash) => store.isReferenced(hash),
    jobs: {
      ...store.jobs,
      ofUser: (...args) => store.jobs.ofUser(...args),
      get: async (id) => {
        looks += 1;
        await look(looks);
        return store.jobs.get(id);
      },
    },
  };
  const services = {
    store: watched,
    pictures: pictures(),
    keeping: new PictureKeeping({
      store: watched,
      pictures: pictures(),
      maxBytes: 1e9,
      userBytes: 1e9,
      serverBytes: 1e9,
    }),
    queue: {
      subscribe: () => () => {},
      cancel: async (jobId: string) => {
        asked.push(jobId);
        return true;
      },
    },
    chats: new Map(),
    log: createLog({ level: 'silent' }),
  } as unknown as Handling;
  const handling = { ...services, conversations: new Conversations(services, services.speed) };
  const spec = commandOf('forget-me');
  const event = { actor: ann, place: studio, command: 'forget-me' } as CommandEvent;
  const answer = await forgetMe(event, readOptions({ confirm: true }, spec.options), handling, spec);
  return { asked, answer };
}

describe('forget-me with a job that another gateway serves', () => {
  it('erases it when its end is on record there, not before', async () => {
    const content = await jobElsewhere();
    const { asked, answer } = await forget(async (looks) => {
      if (looks === 2) await store.jobs.update('elsewhere', { state: 'cancelled' });
      if (looks === 3) await store.jobs.update('elsewhere', { deliveredAt: 1 });
    });
    expect(asked).toEqual(['elsewhere']);
    expect(answer?.text).toMatch(/^Erased: 1 job, 2 pictures, .*\. I know nothing of you any longer\.$/);
    expect(await store.jobs.get('elsewhere')).toBeUndefined();
    expect(await pictures().has(content)).toBe(false);
  });

  it('says so where its end does not come in time, and erases the rest', async () => {
    await jobElsewhere();
    await store.jobs.insert(newJob('ended', user));
    await store.jobs.update('ended', { state: 'failed', deliveredAt: 1 });
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { answer } = await forget(async () => void vi.advanceTimersByTime(6000));
    expect(answer?.text).toMatch(/^Erased: 1 job, /);
    expect(answer?.text).not.toMatch(/nothing of you/);
    expect(answer?.text).toMatch(/⚠ One job is still being painted elsewhere: ask again in a minute\./);
    expect(await store.jobs.get('ended')).toBeUndefined();
  });
});
