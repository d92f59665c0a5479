import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ErasingClock } from '../../src/ops/erasing-clock.ts';
import { startHousekeeping } from '../../src/ops/housekeeping.ts';
import { createLog } from '../../src/ops/log.ts';
import type { QueueEvent } from '../../src/queue/queue.ts';
import { openCheckpointFolder } from '../../src/store/checkpoint-folder.ts';
import { PictureKeeping } from '../../src/store/keeping.ts';
import { openPictureFolder, type PictureStore } from '../../src/store/pictures.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { checkpoint, task } from '../store/checkpoints/records.ts';
import { ada, delivered, entry, newJob, painted, server, style } from '../store/contract/records.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let folder: string;
let store: Store;
let pictures: PictureStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-housekeeping-'));
  store = await openSqliteStore({ file: path.join(folder, 'impasto.db') });
  pictures = openPictureFolder(path.join(folder, 'pictures'));
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** The clock is so far ahead. */
let ahead = 0;
afterEach(() => {
  ahead = 0;
});

const clock = () =>
  new ErasingClock({
    marks: store.measurements,
    log: createLog({ level: 'silent' }),
    now: () => Date.now() + ahead,
  });

/** One round, which keeps pictures for ten days and records for forty. */
async function round(): Promise<void> {
  const log = createLog({ level: 'silent' });
  const checkpoints = openCheckpointFolder(path.join(folder, 'checkpoints'));
  const thumbnails = openPictureFolder(path.join(folder, 'thumbnails'));
  const queue = { subscribe: () => () => {} };
  const kept = { retentionMs: 10 * DAY, recordsMs: 40 * DAY };
  const parts = { store, keeping: keeping(), queue, checkpoints, thumbnails, clock: clock() };
  await startHousekeeping({ ...parts, ...kept, log })();
}

/** The rounds of a day and an hour, after which a clock that was far ahead is believed. */
async function aDayOfRounds(): Promise<void> {
  await clock().look();
  ahead += DAY + HOUR;
  await round();
}

const keeping = (maxBytes = 1e9) =>
  new PictureKeeping({
    store,
    pictures,
    maxBytes,
    userBytes: 1e9,
    serverBytes: 1e9,
    now: () => Date.now() + ahead,
  });

describe('housekeeping', () => {
  it('believes the clock of an instance that runs every other week, after the first of its waits', async () => {
    const looks: boolean[] = [];
    for (let fortnight = 0; fortnight < 4; fortnight++, ahead += 14 * DAY) {
      looks.push((await clock().look()) !== undefined);
    }
    expect(looks).toEqual([false, true, false, true]);
  });

  it('erases what was left though pictures cannot be cleaned', async () => {
    await store.jobs.insert(newJob('a'));
    await store.jobs.update('a', delivered());
    await store.servers.setLeft(server, Date.now() - 11 * DAY);
    pictures.clean = () => Promise.reject(new Error('away'));
    await aDayOfRounds();
    expect(await store.jobs.get('a')).toBeUndefined();
  });

  it('erases a server with its pictures the retention time after it was left, and not before', async () => {
    const hash = await pictures.put(Buffer.from('its result'));
    const others = await pictures.put(Buffer.from('on two servers'));
    await store.jobs.insert(newJob('a'));
    await store.jobs.update('a', delivered({ result: painted({ picture: hash, timelapse: others }) }));
    await store.styles.save(style('waves', { server: 'elsewhere', hash: others }));
    await store.servers.setLeft(server, Date.now() - 8 * DAY);
    await aDayOfRounds();
    expect(await store.jobs.get('a')).toBeDefined();

    await store.servers.setPresent(server.platform, [server.server, 'elsewhere'], Date.now(), () => true);
    await store.servers.setLeft(server, Date.now() - 11 * DAY);
    await round();
    expect(await store.jobs.get('a')).toBeUndefined();
    expect(await pictures.has(hash)).toBe(false);
    expect(await pictures.has(others)).toBe(true);
    expect(await store.servers.leftBefore(Date.now())).toEqual([]);
  });

  it('removes thumbnails that were left for a day, and no picture that is the same', async () => {
    const thumbnails = openPictureFolder(path.join(folder, 'thumbnails'));
    const shown = Buffer.from('shown and sent again');
    const left = await thumbnails.put(shown);
    const fresh = await thumbnails.put(Buffer.from('of a painting that goes on'));
    const soon = new Date(Date.now() + DAY);
    await utimes(path.join(folder, 'thumbnails', fresh.slice(0, 2), fresh), soon, soon);
    expect(await pictures.put(shown)).toBe(left);
    const before = new Date(Date.now() - 2 * DAY);
    for (const place of ['thumbnails', 'pictures'])
      await utimes(path.join(folder, place, left.slice(0, 2), left), before, before);
    await aDayOfRounds();
    expect(await thumbnails.has(left)).toBe(false);
    expect(await thumbnails.has(fresh)).toBe(true);
    expect(await pictures.has(left)).toBe(true);
  });

  it('erases nothing for its age when the clock is far past the last round, until it has stayed there for a day', async () => {
    const old = await pictures.put(Buffer.from('of yesterday'));
    const left = { platform: 'discord', server: 'left' };
    await store.servers.setLeft(left, Date.now() - DAY);
    await store.jobs.insert(newJob('a', { createdAt: Date.now() }));
    await store.jobs.update('a', delivered({ finishedAt: Date.now() }));
    await aDayOfRounds();
    const isThere = async () => [
      await pictures.has(old),
      (await store.servers.leftBefore(Number.MAX_SAFE_INTEGER)).length === 1,
      (await store.jobs.get('a')) !== undefined,
    ];
    for (const hours of [0, 1, 23]) {
      ahead = 400 * DAY + hours * HOUR;
      await round();
      expect(await isThere()).toEqual([true, true, true]);
    }
    // Set right, and wrong again.
    for (const days of [2, 400]) {
      ahead = days * DAY + 23 * HOUR;
      await round();
      expect(await isThere()).toEqual([true, true, true]);
    }
    ahead += DAY;
    await round();
    expect(await isThere()).toEqual([false, false, false]);
  });

  it('removes records that are too old, but for those of results that are kept and of ends that nobody knows', async () => {
    const finishedAt = Date.now() - 50 * DAY;
    const end = { finishedAt, deliveredAt: finishedAt };
    const kept = await pictures.put(Buffer.from('a result of which there is no note'));
    const marked = new Date(Date.now() - 5 * DAY);
    await utimes(path.join(folder, 'pictures', kept.slice(0, 2), kept), marked, marked);
    const many = Array.from({ length: 501 }, (_, index) => `old ${index}`);
    for (const id of [...many, 'kept', 'untold']) await store.jobs.insert(newJob(id));
    for (const id of many) await store.jobs.update(id, delivered({ ...end, result: painted() }));
    await store.jobs.update('kept', delivered({ ...end, result: painted({ picture: kept }) }));
    await store.jobs.update('untold', delivered({ ...end, deliveredAt: null }));
    await store.servers.setLimits({}, entry('limits set maxSize', { at: finishedAt }));
    await store.servers.setLimits({}, entry('limits set maxSize', { at: Date.now() }));
    await aDayOfRounds();
    expect((await store.jobs.ofUser(ada, 1000)).map(({ id }) => id).sort()).toEqual(['kept', 'untold']);
    expect(await store.servers.audit(server, 10)).toHaveLength(1);
    ahead += 6 * DAY;
    await round();
    expect((await store.jobs.ofUser(ada, 1000)).map(({ id }) => id)).toEqual(['untold']);
  });

  it('counts results as soon as they are there, and makes room where they are too many', async () => {
    const put = (name: string, bytes: number) => pictures.put(Buffer.alloc(bytes, name));
    const before = await put('before', 60);
    const earlier = new Date(Date.now() - DAY);
    await utimes(path.join(folder, 'pictures', before.slice(0, 2), before), earlier, earlier);
    const listeners = new Set<(event: QueueEvent) => void>();
    const kept = keeping(100);
    const rounds = new EventEmitter();
    const cleaned = once(rounds, 'cleaned');
    const housekeeping = startHousekeeping({
      store,
      keeping: {
        clean: (ms) => kept.clean(ms).finally(() => rounds.emit('cleaned')),
        count: (hash, owner) => kept.count(hash, owner),
        release: (hashes) => kept.release(hashes),
      },
      queue: {
        subscribe(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      checkpoints: { keep: async () => {} },
      thumbnails: openPictureFolder(path.join(folder, 'thumbnails')),
      clock: clock(),
      retentionMs: 10 * DAY,
      recordsMs: 40 * DAY,
      log: createLog({ level: 'silent' }),
    });
    await cleaned;
    expect(await pictures.has(before)).toBe(true);
    const [picture, timelapse] = await Promise.all([put('result', 40), put('film', 30)]);
    await store.jobs.insert(newJob('a'));
    const done: QueueEvent = { type: 'done', jobId: 'a', result: painted({ picture, timelapse }) };
    for (const listener of listeners) listener(done);
    await housekeeping();
    expect(await store.keptPictures.bytes(ada, '')).toBe(70);
    const left = await Promise.all([before, picture, timelapse].map((hash) => pictures.has(hash)));
    expect(left).toEqual([false, true, true]);
    expect(listeners.size).toBe(0);
  });

  it('removes the checkpoints of ended jobs, and of jobs that nobody knows', async () => {
    const checkpoints = openCheckpointFolder(path.join(folder, 'checkpoints'));
    for (const id of ['waits', 'runs', 'ended']) await store.jobs.insert(newJob(id));
    await store.jobs.update('runs', { state: 'running' });
    await store.jobs.update('ended', delivered());
    for (const id of ['waits', 'runs', 'ended', 'unknown']) await checkpoints.write(task(id), checkpoint);
    await round();
    const left = ['waits', 'runs', 'ended', 'unknown'].map(async (id) => [
      id,
      await checkpoints.read(task(id)),
    ]);
    expect(await Promise.all(left)).toEqual([
      ['waits', checkpoint],
      ['runs', checkpoint],
      ['ended', undefined],
      ['unknown', undefined],
    ]);
  });
});
