import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createBot } from '../../src/bot/bot.ts';
import type { Services } from '../../src/bot/services.ts';
import { failureOf } from '../../src/core/failures.ts';
import type { JobPatch } from '../../src/core/job.ts';
import { createLog } from '../../src/ops/log.ts';
import { openPictureFolder } from '../../src/store/pictures.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { failure } from '../queue/manual-painter.ts';
import { delivered, newJob } from '../store/contract/records.ts';
import { FakeAdapter } from '../support/fake-adapter.ts';
import { FakePlatform } from '../support/fake-platform.ts';
import { imagesHere } from '../support/in-this-process.ts';

it('a bot that takes over drops a job that ended while it was submitted, and answers it only if nobody has', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-handover-'));
  const store = await openSqliteStore({ file: path.join(folder, 'impasto.db') });
  onTestFinished(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  for (const id of ['told', 'untold', 'open']) await store.jobs.insert(newJob(id));
  // What the bot before puts on record just before it is gone.
  const ends: Record<string, JobPatch> = {
    told: delivered(),
    untold: { state: 'failed', finishedAt: Date.now(), failure: failureOf(failure('not-writable')) },
  };
  const over: Record<string, boolean | undefined> = {};
  const platform = new FakePlatform();
  const queue: Partial<Services['queue']> = {
    async submit({ task: { jobId } }, options) {
      const end = ends[jobId];
      if (end) await store.jobs.update(jobId, end);
      over[jobId] = await options?.isOver?.();
      return { position: 1, startsInMs: 0 };
    },
    subscribe: () => () => {},
  };
  const bot = createBot({
    store,
    queue: queue as Services['queue'],
    pictures: openPictureFolder(path.join(folder, 'pictures')),
    chats: new Map([['discord', new FakeAdapter(platform, 'discord')]]),
    gallery: [],
    intake: {} as never,
    keeping: {} as never,
    images: imagesHere,
    settings: { version: '0', maxima: {} as never, painterMemory: 1 },
    metrics: { accepted() {}, refused() {}, waited() {} },
    log: createLog({ level: 'silent' }),
    now: Date.now,
  });
  await bot.resume('discord');
  await bot.settled();
  await bot.stop();
  expect(over).toEqual({ told: true, untold: true, open: false });
  expect(platform.messages.map(({ key }) => key).sort()).toEqual(['end-untold', 'status-open']);
  expect((await store.jobs.get('untold'))?.deliveredAt).not.toBeNull();
});
