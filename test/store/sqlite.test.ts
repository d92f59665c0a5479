import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CompiledQuery } from 'kysely';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Schema } from '../../src/store/sql/schema.ts';
import { openSqliteDatabase, openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { ids, newJob } from './contract/records.ts';
import { describeStore } from './contract.ts';
import { expectGoesOn, upTo, useAsBefore } from './earlier.ts';

let folder: string;
const at = (name: string) => path.join(folder, name);
const file = () => at('data/deeper/impasto.db');

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'impasto-sqlite-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Does something with the database itself, past the store. */
function inDatabase<Result>(work: (database: Database.Database) => Result): Result {
  const database = new Database(file());
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** A process that opens the store, does what a script says with `store` and `newJob`, and tells with `report`. */
function startProcess(script: string): ChildProcess {
  const program = `
    const { openSqliteStore } = await import(process.env.STORE_MODULE);
    const { newJob } = await import(process.env.RECORDS_MODULE);
    const report = (message) => new Promise((resolve) => process.send(message, resolve));
    const store = await openSqliteStore({ file: process.env.DATABASE });
    ${script}
  `;
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program];
  return spawn(process.execPath, args, {
    env: {
      ...process.env,
      DATABASE: file(),
      STORE_MODULE: new URL('../../src/store/sqlite.ts', import.meta.url).href,
      RECORDS_MODULE: new URL('./contract/records.ts', import.meta.url).href,
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** What a process reports next; fails when it ends without a report. */
async function reportOf(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  const [message] = await once(child, 'message', { signal: ended.signal });
  return message;
}

describeStore('a store in SQLite', async () => {
  let store: Store = await openSqliteStore({ file: file() });
  return {
    store,
    async reopen() {
      await store.close();
      store = await openSqliteStore({ file: file() });
      return store;
    },
    dispose: () => store.close(),
  };
});

describe('an SQLite file', () => {
  it('has what was accepted when the process is killed right afterwards', async () => {
    const child = startProcess(`
      for (let index = 0; index < 20; index += 1) await store.jobs.insert(newJob('job-' + index));
      await report('accepted');
      setInterval(() => undefined, 1000);
    `);
    expect(await reportOf(child)).toBe('accepted');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const store = await openSqliteStore({ file: file() });
    expect(ids(await store.jobs.unfinished())).toEqual(
      Array.from({ length: 20 }, (_, index) => `job-${index}`),
    );
    await store.close();
    expect(inDatabase((database) => database.prepare('pragma integrity_check').all())).toEqual([
      { integrity_check: 'ok' },
    ]);
  });

  it('serves two processes that make it and write to it at once', async () => {
    const insertMany = (name: string) => `
      for (let index = 0; index < 50; index += 1) {
        await store.jobs.insert(newJob('${name}' + index));
        await store.jobs.transition('${name}' + index, ['waiting'], { state: 'running' });
        await store.jobs.insert(newJob('${name} ended' + index, { user: '${name}' }));
        await store.jobs.update('${name} ended' + index, { state: 'done' });
        await store.eraseUser({ platform: 'discord', user: '${name}' });
      }
      await store.close();
      await report('done');
      process.disconnect();
    `;
    const children = ['a', 'b'].map((name) => startProcess(insertMany(name)));
    expect(await Promise.all(children.map(reportOf))).toEqual(['done', 'done']);
    const store = await openSqliteStore({ file: file() });
    expect(await store.jobs.unfinished()).toHaveLength(100);
    await store.close();
  });

  it('that finds no room says so', async () => {
    const db = await openSqliteDatabase<{ pages: { content: string } }>(file(), {});
    await db.schema.createTable('pages').addColumn('content', 'text').execute();
    await db.executeQuery(CompiledQuery.raw('pragma max_page_count = 1'));
    const insert = db.insertInto('pages').values({ content: 'x'.repeat(100_000) });
    await expect(insert.execute()).rejects.toMatchObject({ code: 'disk-full' });
    await db.destroy();
  });

  it('can be read while another program writes to it', async () => {
    const store = await openSqliteStore({ file: file() });
    await store.jobs.insert(newJob('a'));
    const other = new Database(file());
    other.exec('begin exclusive');
    expect(await store.jobs.get('a')).toBeDefined();
    other.exec('rollback');
    other.close();
    await store.close();
  });

  it('is made with its folder, and migrated from an empty file', async () => {
    await mkdir(path.dirname(file()), { recursive: true });
    await writeFile(file(), '');
    const store = await openSqliteStore({ file: file() });
    await store.jobs.insert(newJob('a'));
    await store.close();
    const again = await openSqliteStore({ file: file() });
    expect(await again.jobs.get('a')).toBeDefined();
    await again.close();
  });

  it('that an earlier version has made is brought up to date, and goes on', async () => {
    const before = upTo('0002-departures');
    const old = await openSqliteDatabase<Schema>(file(), before);
    await useAsBefore(old);
    await old.destroy();
    const store = await openSqliteStore({ file: file() });
    onTestFinished(() => store.close());
    await expectGoesOn(store);
  });

  it('is whole without the files beside it once the store is closed', async () => {
    const store = await openSqliteStore({ file: file() });
    await store.jobs.insert(newJob('a'));
    await store.close();
    await copyFile(file(), at('copy.db'));
    const copy = await openSqliteStore({ file: at('copy.db') });
    expect(await copy.jobs.get('a')).toBeDefined();
    await copy.close();
  });

  it('is refused, and left as it was, when a newer version has written it', async () => {
    await (await openSqliteStore({ file: file() })).close();
    inDatabase((database) => {
      database.exec("insert into kysely_migration values ('9999-tomorrow', '2099-01-01T00:00:00.000Z')");
    });
    const content = () =>
      inDatabase((database) => [
        database.prepare('select sql from sqlite_master').all(),
        database.prepare('select * from kysely_migration').all(),
      ]);
    const before = content();
    await expect(openSqliteStore({ file: file() })).rejects.toMatchObject({
      name: 'ImpastoError',
      code: 'store-failed',
      message: expect.stringContaining('newer version'),
      advice: expect.stringContaining('Update'),
    });
    expect(content()).toEqual(before);
  });

  it('is refused, and left as it was, when it cannot be migrated to the end', async () => {
    await mkdir(path.dirname(file()), { recursive: true });
    inDatabase((database) => database.exec('create table styles (somebody text)'));
    await expect(openSqliteStore({ file: file() })).rejects.toMatchObject({ code: 'store-failed' });
    const tables = "select name from sqlite_master where type = 'table' and name not like 'kysely%'";
    expect(inDatabase((database) => database.prepare(tables).all())).toEqual([{ name: 'styles' }]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['something else', () => writeFile(file(), 'This is no database. '.repeat(500))],
    ['a folder', () => mkdir(file())],
  ])('is refused when it is %s', async (_, make) => {
    await mkdir(path.dirname(file()), { recursive: true });
    await make();
    await expect(openSqliteStore({ file: file() })).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining(file()),
      cause: expect.any(Error),
    });
  });

  it('is refused when its folder cannot be made', async () => {
    await writeFile(at('data'), '');
    await expect(openSqliteStore({ file: file() })).rejects.toMatchObject({ code: 'store-failed' });
  });
});
