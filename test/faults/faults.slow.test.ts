import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openNamespace, whyNoNamespaces } from '../support/namespace.ts';
import { noPostgres } from '../support/postgres.ts';
import { noRedis } from '../support/redis.ts';
import { Fleet, kill } from './fleet.ts';

const JOBS = 200;
const missing = noRedis || noPostgres;
const noNamespaces = await whyNoNamespaces();

describe.skipIf(missing)(`200 jobs are each answered exactly once${missing ? `: ${missing}` : ''}`, () => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await Fleet.open();
  });
  afterEach(() => fleet.close());

  async function serving() {
    const first = fleet.gateway();
    await first.ready;
    const second = fleet.gateway();
    const workers = [await fleet.worker(), await fleet.worker()] as const;
    await fleet.ask(JOBS);
    await fleet.answered(JOBS / 5);
    return { first, second, workers };
  }

  async function everyOneOnce() {
    await fleet.answered(JOBS);
    await fleet.settled();
    expect(fleet.tally).toEqual({ answered: JOBS, doubled: [], failed: [] });
  }

  it('when a worker is killed in the middle of two', async () => {
    const { workers } = await serving();
    await kill(workers[0]);
    await everyOneOnce();
  });

  it('when workers are replaced one after the other', async () => {
    const { workers } = await serving();
    for (const worker of workers) {
      await fleet.worker();
      const exited = once(worker, 'exit');
      worker.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
    }
    await everyOneOnce();
  });

  it('when the gateway is killed, by the one that stands by', async () => {
    const { first, second } = await serving();
    await kill(first.child);
    await second.ready;
    await everyOneOnce();
  });

  it('when Redis is started anew', async () => {
    await serving();
    await fleet.redis.kill();
    await fleet.redis.resume();
    await everyOneOnce();
  });

  it('when PostgreSQL is started anew', async () => {
    await serving();
    await fleet.postgres.stop('at once');
    await fleet.postgres.start();
    await everyOneOnce();
  });

  it.skipIf(noNamespaces)(
    `when a worker is cut off for 30 seconds${noNamespaces ? `: ${noNamespaces}` : ''}`,
    async () => {
      await using namespace = await openNamespace();
      await fleet.gateway().ready;
      await fleet.worker();
      const url = `redis://${await namespace.reach(fleet.redis.port)}`;
      const far = await fleet.worker({ prefix: namespace.prefix, environment: { IMPASTO_REDIS_URL: url } });
      await fleet.ask(JOBS);
      await fleet.answered(JOBS / 5);
      await namespace.cut();
      // How long it lasts is what this is about.
      await delay(30_000);
      await namespace.mend();
      await everyOneOnce();
      expect(far.exitCode).toBeNull();
    },
  );
});
