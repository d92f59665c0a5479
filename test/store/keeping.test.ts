import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeUnused } from '../../src/store/clean.ts';
import { type KeepingOptions, PictureKeeping } from '../../src/store/keeping.ts';
import { openPictureFolder, type PictureStore } from '../../src/store/pictures.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { PictureOwner, Store } from '../../src/store/store.ts';
import { ada, bob, delivered, hashOf, newJob, painted, server, style } from './contract/records.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

const adaHere = { ...server, ...ada };
const bobHere = { ...server, ...bob };
const eve = { ...server, user: 'eve' };

let folder: string;
let store: Store;
let pictures: PictureStore;
/** How far the clock has been put forward, in milliseconds. */
let later: number;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'impasto-keeping-'));
  store = await openSqliteStore({ file: path.join(folder, 'impasto.db') });
  pictures = openPictureFolder(path.join(folder, 'pictures'));
  await mkdir(path.join(folder, 'spool'));
  later = 0;
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** By default there is room for ten pictures of a hundred bytes, and no share is limited. */
const open = (options: Partial<KeepingOptions> = {}) =>
  new PictureKeeping({
    store,
    pictures,
    maxBytes: 1000,
    userBytes: 1e9,
    serverBytes: 1e9,
    now: () => Date.now() + later,
    ...options,
  });

/** A picture's bytes. */
const contentOf = (name: string, bytes: number) => name.padEnd(bytes, '.');
const hash = (name: string, bytes = 100) => hashOf(contentOf(name, bytes));

async function spool(name: string, bytes = 100): Promise<string> {
  const file = path.join(folder, 'spool', randomUUID());
  await writeFile(file, contentOf(name, bytes));
  return file;
}

/** There is a picture from before, last used some minutes ago. */
async function old(name: string, owner: PictureOwner, minutes: number): Promise<void> {
  const kept = await pictures.put(Buffer.from(contentOf(name, 100)));
  const used = new Date(Date.now() - minutes * MINUTE);
  await utimes(path.join(folder, 'pictures', kept.slice(0, 2), kept), used, used);
  await store.keptPictures.add({ ...owner, hash: kept, bytes: 100 }, used.getTime());
}

/** The names, of some, whose pictures are there. */
async function there(names: readonly string[], bytes = 100): Promise<string[]> {
  const found = await Promise.all(names.map((name) => pictures.has(hash(name, bytes))));
  return names.filter((_, index) => found[index]);
}

/** All that lies in the folder of pictures, and how many bytes it has. */
async function inPlace(): Promise<{ files: string[]; bytes: number }> {
  const entries = await readdir(path.join(folder, 'pictures'), {
    recursive: true,
    withFileTypes: true,
  }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(path.join(parentPath, name))));
  return { files: files.map(({ name }) => name), bytes: sizes.reduce((sum, { size }) => sum + size, 0) };
}

const names = (count: number, prefix = 'p') =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** A job that waits for its turn, painted from some pictures. */
const wait = (id: string, contents: readonly string[], owner: PictureOwner = adaHere) =>
  store.jobs.insert(
    newJob(id, {
      ...owner,
      createdAt: Date.now() + later,
      content: hash(contents[0] as string),
      styles: contents.slice(1).map((name) => ({ hash: hash(name), name })),
    }),
  );

/** What is refused leaves nothing: no file, no note. */
async function expectRefused(
  keeping: PictureKeeping,
  name: string,
  owner: PictureOwner,
  refusal: object,
  bytes = 100,
) {
  const before = await inPlace();
  await expect(keeping.keep(await spool(name, bytes), owner)).rejects.toMatchObject({
    name: 'ImpastoError',
    ...refusal,
  });
  expect(await inPlace()).toEqual(before);
  expect(await readdir(path.join(folder, 'spool'))).toEqual([]);
  expect(await store.keptPictures.has(owner, hash(name, bytes))).toBe(false);
}

describe('keeping a picture', () => {
  it('moves its file into place and counts it towards the shares of its owner', async () => {
    const keeping = open();
    expect(await keeping.keep(await spool('p'), { ...adaHere, ...newJob('with more') })).toBe(hash('p'));
    expect(Buffer.from(await pictures.get(hash('p'))).toString()).toBe(contentOf('p', 100));
    expect(await readdir(path.join(folder, 'spool'))).toEqual([]);
    expect(await store.keptPictures.bytes(ada, '')).toBe(100);
    expect(await store.keptPictures.bytes(server, '')).toBe(100);
  });

  it('that cannot be put into its place leaves nothing', async () => {
    await writeFile(path.join(folder, 'pictures'), 'in the way');
    const refused = open().keep(await spool('p'), adaHere);
    await expect(refused).rejects.toMatchObject({ code: 'not-writable' });
    expect(await readdir(path.join(folder, 'spool'))).toEqual([]);
    expect(await store.keptPictures.bytes(ada, '')).toBe(0);
  });

  it('of which no note can be taken leaves nothing', async () => {
    const failure = new Error('The database is away.');
    const keptPictures = { ...store.keptPictures, add: () => Promise.reject(failure) };
    const refused = open({ store: { ...store, keptPictures } }).keep(await spool('p'), adaHere);
    await expect(refused).rejects.toBe(failure);
    expect(await readdir(path.join(folder, 'spool'))).toEqual([]);
    expect((await inPlace()).files).toEqual([]);
  });

  it('that is kept again takes no room, and counts for both who had it kept', async () => {
    const keeping = open({ maxBytes: 150 });
    for (let round = 0; round < 5; round += 1) await keeping.keep(await spool('p'), adaHere);
    await keeping.keep(await spool('p'), bobHere);
    expect((await inPlace()).files).toEqual([hash('p')]);
    expect(await store.keptPictures.bytes(ada, '')).toBe(100);
    expect(await store.keptPictures.bytes(bob, '')).toBe(100);
  });
});

describe('the cap of all pictures', () => {
  it('holds at every put: the least recently used pictures that are not in use make room', async () => {
    const keeping = open();
    for (const [index, name] of names(10).entries()) await old(name, adaHere, 1000 - index);
    await wait('a', ['p0']);
    await store.styles.save(style('saved', { hash: hash('p1') }));
    await keeping.keep(await spool('new'), bobHere);
    expect(await there(['new', ...names(10)])).toEqual(['new', 'p0', 'p1', ...names(10).slice(3)]);
    expect((await inPlace()).bytes).toBeLessThanOrEqual(1000);
    expect(await store.keptPictures.bytes(ada, '')).toBe(900);
  });

  it('holds at twenty uploads at once, and at each moment of many', async () => {
    const keeping = open({ maxBytes: 550 });
    const outcomes = await Promise.allSettled(
      names(20).map(async (name) => {
        const kept = await keeping.keep(await spool(name), { ...adaHere, user: name });
        expect((await inPlace()).bytes).toBeLessThanOrEqual(550);
        return kept;
      }),
    );
    const kept = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(kept).toHaveLength(5);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'disk-full' });
    }
    expect((await inPlace()).files).toHaveLength(5);
    expect(await readdir(path.join(folder, 'spool'))).toEqual([]);
    expect(await store.keptPictures.bytes(server, '')).toBe(500);
  });

  it('refuses when all that is there is in use, and says what to do', async () => {
    const keeping = open({ maxBytes: 250 });
    for (const name of ['p0', 'p1']) await old(name, adaHere, 60);
    await wait('a', ['p0', 'p1']);
    await expectRefused(keeping, 'new', bobHere, {
      code: 'disk-full',
      message: expect.stringContaining('space for pictures is full'),
      advice: expect.stringContaining('IMPASTO_PICTURES_MB'),
    });
    await store.jobs.update('a', delivered());
    expect(await keeping.keep(await spool('new'), bobHere)).toBe(hash('new'));
    expect(await there(['p0', 'p1'])).toHaveLength(1);
  });

  it('spares what was kept two minutes ago or less: its job may be about to be put on record', async () => {
    const keeping = open({ maxBytes: 250 });
    for (const name of ['p0', 'p1']) await keeping.keep(await spool(name), adaHere);
    later = 1.9 * MINUTE;
    await expectRefused(keeping, 'new', bobHere, { code: 'disk-full' });
    later = 2.1 * MINUTE;
    await keeping.keep(await spool('new'), bobHere);
    expect((await inPlace()).bytes).toBeLessThanOrEqual(250);
  });

  it('removes nothing for a picture that is larger than all of it', async () => {
    const keeping = open({ maxBytes: 250 });
    for (const name of ['p0', 'p1']) await old(name, adaHere, 60);
    await expectRefused(keeping, 'large', bobHere, { code: 'disk-full' }, 300);
    expect(await there(['p0', 'p1'])).toEqual(['p0', 'p1']);
  });

  it('takes note of what others have kept, and of what they have removed', async () => {
    const [one, other] = [open({ maxBytes: 450 }), open({ maxBytes: 450 })];
    await one.keep(await spool('p0'), adaHere);
    for (const name of ['p1', 'p2', 'p3']) await other.keep(await spool(name), bobHere);
    await expectRefused(one, 'new', adaHere, { code: 'disk-full' });
    await pictures.remove(hash('p1'));
    expect(await one.keep(await spool('new'), adaHere)).toBe(hash('new'));
    await expectRefused(other, 'another', adaHere, { code: 'disk-full' });
  });

  it('does not look through all pictures for each one', async () => {
    let looked = 0;
    const counting = {
      ...pictures,
      clean: (options: Parameters<PictureStore['clean']>[0]) => {
        looked += 1;
        return pictures.clean(options);
      },
    };
    const keeping = open({ pictures: counting, maxBytes: 10_000 });
    await keeping.clean(30 * DAY);
    for (const name of names(60)) await keeping.keep(await spool(name), adaHere);
    expect(looked).toBe(1);
    later = 5 * MINUTE;
    // Room for several is made at once.
    for (const name of names(60, 'q')) await keeping.keep(await spool(name), bobHere);
    expect(looked).toBeLessThan(1 + 60 / 4);
    expect((await inPlace()).bytes).toBeLessThanOrEqual(10_000);
  });

  it('holds soon after a painter has kept a result, which is never refused', async () => {
    const keeping = open();
    for (const [index, name] of names(10).entries()) await old(name, adaHere, 1000 - index);
    const result = await pictures.put(Buffer.from(contentOf('result', 100)));
    await wait('a', ['p9'], bobHere);
    await keeping.count(result, bobHere);
    expect(await there(['p0', 'p9', 'result'])).toEqual(['p9', 'result']);
    expect((await inPlace()).bytes).toBeLessThanOrEqual(1000);
    expect(await store.keptPictures.bytes(bob, '')).toBe(100);
    await keeping.count(hash('not there'), bobHere);
    expect(await store.keptPictures.bytes(bob, '')).toBe(100);
  });
});

describe('a person’s share', () => {
  const options = { userBytes: 350 };

  it('is kept by removing their own least recently used pictures, and nobody else’s', async () => {
    const keeping = open(options);
    await old('of bob', bobHere, 900);
    await old('p1', { ...adaHere, server: 'elsewhere' }, 500);
    await old('p2', { ...adaHere, server: '@ada' }, 600);
    await old('p3', adaHere, 400);
    await keeping.keep(await spool('p4'), adaHere);
    expect(await there(['of bob', 'p1', 'p2', 'p3', 'p4'])).toEqual(['of bob', 'p1', 'p3', 'p4']);
    expect(await store.keptPictures.bytes(ada, '')).toBe(300);
  });

  it('never refuses whoever has painted a lot', async () => {
    const keeping = open(options);
    for (const name of names(40)) {
      later += 60 * MINUTE;
      await keeping.keep(await spool(name), adaHere);
      const content = await pictures.put(Buffer.from(contentOf(`result of ${name}`, 100)));
      await wait(name, [name]);
      await store.jobs.update(name, delivered({ result: painted({ picture: content }) }));
      await keeping.count(content, adaHere);
    }
    expect(await store.keptPictures.bytes(ada, '')).toBeLessThanOrEqual(350);
    expect((await inPlace()).bytes).toBeLessThanOrEqual(350);
    expect(await there(['p39', 'result of p39'])).toEqual(['p39', 'result of p39']);
  });

  it('refuses when all of it is in use, and says how much that is and what frees it', async () => {
    const keeping = open(options);
    for (const name of names(3)) await old(name, adaHere, 60);
    await wait('a', names(3));
    await expectRefused(keeping, 'new', adaHere, {
      code: 'over-limit',
      message: expect.stringMatching(/^Your pictures take .* MB .* one person’s/),
      advice: expect.stringContaining('styles remove'),
    });
    expect(await keeping.keep(await spool('new'), bobHere)).toBe(hash('new'));
    await store.jobs.update('a', delivered());
    later = 5 * MINUTE;
    expect(await keeping.keep(await spool('newer'), adaHere)).toBe(hash('newer'));
  });

  it('is not defeated by twenty uploads at once', async () => {
    const keeping = open(options);
    const outcomes = await Promise.allSettled(
      names(20).map(async (name) => keeping.keep(await spool(name), adaHere)),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(17);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'over-limit' });
    expect((await inPlace()).bytes).toBe(300);
    expect(await keeping.keep(await spool('of bob'), bobHere)).toBe(hash('of bob'));
  });

  it('refuses what is larger than all of it, for which nothing is removed', async () => {
    const keeping = open(options);
    await old('p', adaHere, 60);
    const refusal = { code: 'over-limit', advice: expect.stringContaining('smaller') };
    await expectRefused(keeping, 'large', adaHere, refusal, 351);
    expect(await there(['p'])).toEqual(['p']);
  });

  it('leaves alone what a job needs that is accepted while room is made', async () => {
    const keptPictures = {
      ...store.keptPictures,
      async leastUsed(...args: Parameters<typeof store.keptPictures.leastUsed>) {
        const found = await store.keptPictures.leastUsed(...args);
        await wait('a', ['p0']);
        return found;
      },
    };
    const keeping = open({ userBytes: 250, store: { ...store, keptPictures } });
    for (const [index, name] of names(2).entries()) await old(name, adaHere, 60 - index);
    await keeping.keep(await spool('new'), adaHere);
    expect(await there(['p0', 'p1', 'new'])).toEqual(['p0', 'new']);
  });

  it('loses what others have kept, too, without removing it', async () => {
    const keeping = open({ userBytes: 150 });
    await old('p', adaHere, 60);
    await old('p', bobHere, 50);
    await keeping.keep(await spool('new'), adaHere);
    expect(await there(['p', 'new'])).toEqual(['p', 'new']);
    expect(await store.keptPictures.bytes(ada, '')).toBe(100);
    expect(await store.keptPictures.bytes(bob, '')).toBe(100);
  });

  it('counts a picture that has been released, or cleaned away, no longer', async () => {
    const keeping = open({ userBytes: 250 });
    for (const name of ['p0', 'p1', 'p2']) await old(name, { ...adaHere, user: name }, 60);
    await store.jobs.insert(newJob('a', { content: hash('p0') }));
    await keeping.release(['p0', 'p1'].map((name) => hash(name)));
    expect(await there(['p0', 'p1', 'p2'])).toEqual(['p0', 'p2']);
    const bytes = (user: string) => store.keptPictures.bytes({ ...ada, user }, '');
    expect(await Promise.all(['p0', 'p1', 'p2'].map(bytes))).toEqual([100, 0, 100]);
    expect(await keeping.clean(0.5 * 60 * MINUTE)).toMatchObject({ removed: [hash('p2')], left: 100 });
    expect(await bytes('p2')).toBe(0);
  });
});

describe('a server’s share', () => {
  const options = { serverBytes: 350 };

  it('is kept by removing its own least recently used pictures', async () => {
    const keeping = open(options);
    await old('elsewhere', { ...adaHere, server: 'elsewhere' }, 900);
    await old('p1', adaHere, 500);
    await old('p2', bobHere, 600);
    await old('p3', eve, 400);
    await keeping.keep(await spool('p4'), adaHere);
    expect(await there(['elsewhere', 'p1', 'p2', 'p3', 'p4'])).toEqual(['elsewhere', 'p1', 'p3', 'p4']);
  });

  it('refuses when all of it is in use; another server, and direct messages, go on', async () => {
    const keeping = open(options);
    for (const name of names(3)) await old(name, { ...adaHere, user: name }, 60);
    await wait('a', names(3));
    await expectRefused(keeping, 'new', adaHere, {
      code: 'over-limit',
      message: expect.stringMatching(/^This server’s pictures take/),
    });
    await keeping.keep(await spool('new'), { ...adaHere, server: 'elsewhere' });
    const direct = { ...adaHere, server: '@ada' };
    for (const name of names(4, 'd')) await keeping.keep(await spool(name), direct);
    expect(await there(['new', ...names(4, 'd')])).toHaveLength(5);
  });
});

describe('releasing a picture', () => {
  it('spares what somebody else has kept of late, whose job is about to be put on record', async () => {
    const keeping = open();
    await old('p', adaHere, 60);
    await keeping.keep(await spool('p'), bobHere);
    const { pictures: released } = await store.eraseUser(ada);
    expect(released).toEqual([hash('p')]);
    await keeping.release(released);
    expect(await there(['p'])).toEqual(['p']);
    expect(await store.keptPictures.bytes(bob, '')).toBe(100);
    later = 2.1 * MINUTE;
    await keeping.release(released);
    expect(await there(['p'])).toEqual([]);
    expect(await store.keptPictures.bytes(bob, '')).toBe(0);
  });

  it('spares what somebody is still having kept, however long that takes', async () => {
    const keeping = open({
      pictures: {
        ...pictures,
        async putFile(...args) {
          const kept = await pictures.putFile(...args);
          later = 5 * MINUTE;
          await keeping.release([kept]);
          return kept;
        },
      },
    });
    await keeping.keep(await spool('p'), bobHere);
    expect(await there(['p'])).toEqual(['p']);
    await keeping.release([hash('p')]);
    expect(await there(['p'])).toEqual([]);
  });

  it('waits for whoever is being admitted with the same picture', async () => {
    let released: Promise<void> | undefined;
    const keptPictures = {
      ...store.keptPictures,
      async has(...args: Parameters<typeof store.keptPictures.has>) {
        released ??= keeping.release([hash('p')]);
        await Promise.race([released, delay(100)]);
        return store.keptPictures.has(...args);
      },
    };
    const keeping = open({ store: { ...store, keptPictures } });
    await old('p', adaHere, 60);
    await keeping.keep(await spool('p'), bobHere);
    await released;
    expect(await there(['p'])).toEqual(['p']);
    expect(await store.keptPictures.bytes(ada, '')).toBe(100);
  });

  it('removes a result as soon as it has been counted', async () => {
    const keeping = open();
    const result = await pictures.put(Buffer.from(contentOf('result', 100)));
    await keeping.count(result, adaHere);
    await keeping.release([result]);
    expect(await there(['result'])).toEqual([]);
    expect(await store.keptPictures.bytes(ada, '')).toBe(0);
  });
});

describe('cleaning', () => {
  /** Pictures with which something happens whenever all have been looked through, before that has come to its end. */
  const lookedThrough = (meanwhile: () => Promise<void>): PictureStore => ({
    ...pictures,
    async clean(options) {
      const cleaned = await pictures.clean(options);
      await meanwhile();
      return cleaned;
    },
  });

  it('keeps nobody from keeping pictures meanwhile, which count like any others', async () => {
    let meanwhile = async () => {};
    const keeping = open({
      maxBytes: 450,
      pictures: lookedThrough(() => meanwhile()),
    });
    await old('p0', adaHere, 60);
    await old('p1', adaHere, 10);
    await keeping.clean(DAY);
    meanwhile = async () => {
      meanwhile = async () => {};
      for (const name of ['p0', 'p2']) await keeping.keep(await spool(name), adaHere);
    };
    expect(await keeping.clean(30 * MINUTE)).toMatchObject({ removed: [hash('p0')], left: 100 });
    expect(await there(['p0', 'p1', 'p2'])).toEqual(['p0', 'p1', 'p2']);
    expect(await store.keptPictures.bytes(ada, '')).toBe(300);
    for (const name of ['p3', 'p4']) await keeping.keep(await spool(name), bobHere);
    expect(await there(['p0', 'p1', 'p2', 'p3', 'p4'])).toEqual(['p0', 'p2', 'p3', 'p4']);
  });

  it('removes no picture that is kept anew while it is decided whether it goes', async () => {
    let again: Promise<unknown> | undefined;
    const keeping = open({
      pictures: {
        ...pictures,
        // As where nobody sees that a picture has been written between the question and its removal.
        clean: (options) =>
          removeUnused([{ name: hash('p'), bytes: 100, usedAt: 0 }], options, async ({ name }) => {
            again ??= keeping.keep(await spool('p'), adaHere);
            await Promise.race([again, delay(100)]);
            await pictures.remove(name);
            return 'removed';
          }),
      },
    });
    await old('p', adaHere, 60);
    await keeping.clean(30 * MINUTE);
    await again;
    expect(await there(['p'])).toEqual(['p']);
    expect(await store.keptPictures.bytes(ada, '')).toBe(100);
  });

  it('forgets nothing of a look through all that was taken later, to make room', async () => {
    let looked = 0;
    let meanwhile = async () => {};
    const keeping = open({
      maxBytes: 10_000,
      pictures: lookedThrough(() => {
        looked += 1;
        return meanwhile();
      }),
    });
    for (const name of names(100)) await old(name, adaHere, 60);
    await keeping.clean(DAY);
    meanwhile = async () => {
      meanwhile = async () => {};
      later = 1;
      await keeping.keep(await spool('a'), adaHere);
    };
    await keeping.clean(DAY);
    expect(looked).toBe(3);
    await keeping.keep(await spool('b'), adaHere);
    expect(looked).toBe(3);
  });
});
