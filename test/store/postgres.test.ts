import { inspect } from 'node:util';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openPostgresStore, type PostgresStoreOptions } from '../../src/store/postgres.ts';
import { migrate } from '../../src/store/sql/migrate.ts';
import type { Schema } from '../../src/store/sql/schema.ts';
import { noPostgres, PostgresServer } from '../support/postgres.ts';
import { tunnel } from '../support/tunnel.ts';
import { ada, delivered, entry, server as guild, ids, NOON, newJob, style } from './contract/records.ts';
import { describeStore } from './contract.ts';
import { expectGoesOn, upTo, useAsBefore } from './earlier.ts';

let server: PostgresServer;
let url: string;
beforeAll(async () => {
  if (!noPostgres) server = await PostgresServer.start();
});
afterAll(() => server?.dispose());

const openAt = (options: Partial<PostgresStoreOptions> = {}) =>
  openPostgresStore({ url, onLost: () => {}, ...options });

/** Opens a store that is closed with the test. */
async function open(options?: Partial<PostgresStoreOptions>) {
  const store = await openAt(options);
  onTestFinished(() => store.close());
  return store;
}

describe.skipIf(noPostgres)(noPostgres || 'PostgreSQL', () => {
  const ownDatabase = async () => {
    url = await server.newDatabase();
  };

  let contracts: string;
  beforeAll(async () => {
    await ownDatabase();
    contracts = url;
    await (await openAt()).close();
  });
  describeStore('a store in PostgreSQL', async () => {
    url = contracts;
    await server.empty(url);
    let store = await openAt();
    return {
      store,
      async reopen() {
        await store.close();
        store = await openAt();
        return store;
      },
      dispose: () => store.close(),
    };
  });

  describe('a PostgreSQL database', () => {
    beforeEach(ownDatabase);

    it('is migrated once, however many open it at once', async () => {
      const stores = await Promise.all(Array.from({ length: 6 }, () => open()));
      await Promise.all(stores.map((store, index) => store.jobs.insert(newJob(`job-${index}`))));
      for (const store of stores) expect(await store.jobs.unfinished()).toHaveLength(6);
      expect(await server.query('select name from kysely_migration order by name', url)).toEqual([
        { name: '0001-first' },
        { name: '0002-departures' },
        { name: '0003-kept-pictures' },
        { name: '0004-preferences-method' },
      ]);
    });

    it('that an earlier version has made is brought up to date, and goes on', async () => {
      const before = upTo('0002-departures');
      const pool = new pg.Pool({ connectionString: url });
      const old = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
      await migrate(old, before);
      await useAsBefore(old);
      await old.destroy();
      await expectGoesOn(await open());
    });

    it('is refused, and left as it was, when a newer version has written it', async () => {
      await (await openAt()).close();
      await server.query("insert into kysely_migration values ('9999-tomorrow', '2099-01-01')", url);
      await expect(openAt()).rejects.toMatchObject({
        code: 'store-failed',
        message: expect.stringContaining('newer version'),
      });
      expect(await server.query('select * from kysely_migration', url)).toHaveLength(5);
    });

    it('is refused, and left as it was, when it cannot be migrated to the end', async () => {
      await server.query('create table styles (somebody text)', url);
      await expect(openAt()).rejects.toMatchObject({ code: 'store-failed' });
      const tables = `select tablename from pg_tables where schemaname = 'public' and tablename not like 'kysely%'`;
      expect(await server.query(tables, url)).toEqual([{ tablename: 'styles' }]);
    });

    it.each([
      ['that does not exist', () => server.urlOf('nowhere')],
      ['on a server that does not run', () => url.replace(/:\d+\//, ':1/')],
      ['of a user who does not exist', () => url.replace('impasto:', 'nobody:')],
    ])('%s is refused without a word of the password', async (_, urlOf) => {
      const refused = openAt({ url: urlOf(), patienceMs: 100 });
      await expect(refused).rejects.toMatchObject({ code: 'store-failed', cause: expect.any(Error) });
      expect(await refused.catch((error) => inspect(error, { depth: 9, showHidden: true }))).not.toContain(
        'top-secret',
      );
    });

    it('keeps text with a character that PostgreSQL has not', async () => {
      const store = await open();
      await store.jobs.insert(newJob('a', { userName: 'A\0da' }));
      expect(await store.jobs.get('a')).toMatchObject({ userName: 'A\uFFFDda' });
      expect(await store.jobs.get('a\0')).toBeUndefined();
    });

    it('takes a job whose parent is being erased, and has it without', async () => {
      const store = await open();
      await store.jobs.insert(newJob('parent'));
      const eraser = await server.connect(url);
      onTestFinished(() => eraser.end());
      await eraser.query('begin');
      await eraser.query("delete from jobs where id = 'parent'");
      const inserted = store.jobs.insert(newJob('child', { parentId: 'parent' }));
      const waits = "select 1 from pg_stat_activity where wait_event_type = 'Lock'";
      await expect.poll(() => server.query(waits, url)).toHaveLength(1);
      await eraser.query('commit');
      await inserted;
      expect(await store.jobs.get('child')).toMatchObject({ parentId: null });
    });

    it('without room on its disk says so, in a transaction and outside of one, and goes on afterwards', async () => {
      const store = await open();
      await store.jobs.insert(newJob('a'));
      await server.query(
        `create function fill() returns trigger language plpgsql as
           $$ begin raise exception 'no space left' using errcode = 'disk_full'; end $$;
         create trigger full_disk before insert or update on jobs execute function fill()`,
        url,
      );
      const full = { code: 'disk-full', message: 'There is no room left to keep records.' };
      await expect(store.jobs.insert(newJob('b'))).rejects.toMatchObject(full);
      await expect(store.jobs.update('a', { state: 'running' })).rejects.toMatchObject(full);
      await server.query('drop trigger full_disk on jobs', url);
      await store.jobs.insert(newJob('b'));
      expect(ids(await store.jobs.unfinished())).toEqual(['a', 'b']);
    });

    it('fails a statement that waits for too long, and goes on afterwards', async () => {
      const store = await open({ statementMs: 200 });
      await store.jobs.insert(newJob('a'));
      const holder = await server.connect(url);
      onTestFinished(() => holder.end());
      await holder.query('begin');
      await holder.query('lock table jobs');
      await expect(store.jobs.get('a')).rejects.toMatchObject({ code: 'store-failed' });
      await holder.query('rollback');
      expect(await store.jobs.get('a')).toBeDefined();
    });
  });

  describe('a PostgreSQL server', () => {
    beforeEach(ownDatabase);

    /** Puts jobs on record until it is told to stop; returns those that were accepted. */
    function work(name: string, store: Awaited<ReturnType<typeof open>>, signal: AbortSignal) {
      const accepted: string[] = [];
      const done = (async () => {
        while (!signal.aborted) {
          const id = `${name}-${accepted.length}`;
          await store.jobs.insert(newJob(id));
          await store.jobs.update(id, { state: 'running', startedAt: NOON });
          await store.messages.link({ platform: 'discord', channel: 'canvas', message: id }, id, 'status');
          await store.jobs.update(id, delivered({ painterMs: 5 }));
          accepted.push(id);
        }
        return accepted;
      })();
      return { accepted, done };
    }

    it.each(['in order', 'at once'] as const)(
      'may be restarted %s: what is at work waits, and nothing is lost',
      async (how) => {
        const store = await open({ patienceMs: 30_000 });
        const stopped = new AbortController();
        const works = Array.from({ length: 8 }, (_, index) => work(`w${index}`, store, stopped.signal));
        const progress = async (count: number) => {
          await expect
            .poll(() => works.every(({ accepted }) => accepted.length >= count), { timeout: 30_000 })
            .toBe(true);
        };
        await progress(3);
        await server.stop(how);
        await server.start();
        const most = Math.max(...works.map(({ accepted }) => accepted.length));
        await progress(most + 2);
        stopped.abort();
        const accepted = (await Promise.all(works.map(({ done }) => done))).flat();
        const kept = await store.jobs.ofUser(ada, 100_000);
        expect(ids(kept).sort()).toEqual(accepted.sort());
        expect(new Set(kept.map(({ state }) => state))).toEqual(new Set(['done']));
      },
    );

    it('that stays away makes calls fail, and serves them when it is back', async () => {
      const store = await open({ patienceMs: 200 });
      await store.jobs.insert(newJob('a'));
      await server.stop();
      const failed = store.jobs.get('a');
      await expect(failed).rejects.toMatchObject({ name: 'ImpastoError', code: 'store-failed' });
      expect(await failed.catch((error) => inspect(error, { depth: 9, showHidden: true }))).not.toContain(
        'top-secret',
      );
      await server.start();
      expect(await store.jobs.get('a')).toBeDefined();
    });

    it('may end connections that nobody uses', async () => {
      const lost: Error[] = [];
      const store = await open({ onLost: (error) => void lost.push(error) });
      await Promise.all(Array.from({ length: 5 }, (_, index) => store.jobs.insert(newJob(`${index}`))));
      await server.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'impasto' and datname = current_database()",
        url,
      );
      await expect.poll(() => lost.length).toBeGreaterThan(0);
      expect(await store.jobs.unfinished()).toHaveLength(5);
    });

    it('that falls silent is given up, and found again', async () => {
      const way = await tunnel(Number(new URL(url).port));
      onTestFinished(() => way.close());
      const through = url.replace(/:\d+\//, `:${way.port}/`);
      const store = await open({ url: through, statementMs: 300, patienceMs: 30_000 });
      await store.jobs.insert(newJob('a'));
      way.silence();
      const answer = store.jobs.get('a');
      // The connection that was open stays silent; a new one is not.
      way.speak();
      expect(await answer).toBeDefined();
    });

    it('does not do what is in doubt a second time', async () => {
      const way = await tunnel(Number(new URL(url).port));
      onTestFinished(() => way.close());
      const store = await open({ url: url.replace(/:\d+\//, `:${way.port}/`), statementMs: 300 });
      await store.styles.save(style('waves'));
      way.deafen();
      const removed = store.styles.remove(guild, 'waves');
      await way.deafened();
      way.speak();
      await expect(removed).rejects.toMatchObject({ code: 'store-failed' });
      // It had been done: the answer alone was lost.
      expect(await store.styles.get(guild, 'waves')).toBeUndefined();
    });

    it('does not commit a second time what is in doubt', async () => {
      const way = await tunnel(Number(new URL(url).port));
      onTestFinished(() => way.close());
      const store = await open({ url: url.replace(/:\d+\//, `:${way.port}/`), statementMs: 300 });
      way.deafen('COMMIT');
      const set = store.servers.setLimits({ maxSize: 512 }, entry('limits set maxSize'));
      await way.deafened();
      way.speak();
      await expect(set).rejects.toMatchObject({ code: 'store-failed' });
      expect(await store.servers.audit(guild, 10)).toHaveLength(1);
    });

    it('is told of a new job twice when it did not answer, and has it once', async () => {
      const way = await tunnel(Number(new URL(url).port));
      onTestFinished(() => way.close());
      const store = await open({
        url: url.replace(/:\d+\//, `:${way.port}/`),
        statementMs: 300,
        patienceMs: 30_000,
      });
      way.deafen('COMMIT');
      const inserted = store.jobs.insert(newJob('a'));
      await way.deafened();
      way.speak();
      await inserted;
      expect(ids(await store.jobs.unfinished())).toEqual(['a']);
    });
  });
});
