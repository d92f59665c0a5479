import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { JOB_VERSION, QUEUE } from '../../../src/queue/redis/names.ts';
import { noRedis, RedisServer } from '../../support/redis.ts';
import { WorkerChild } from '../../support/redis-worker-child.ts';
import { Witness } from '../contract.ts';
import { job, painted, progress, Studio } from '../manual-painter.ts';
import { QUICK, Stage } from './support.ts';

describe.skipIf(noRedis)(`Workers on one Redis${noRedis ? `: ${noRedis}` : ''}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  async function opened() {
    const stage = new Stage(server);
    const queue = await stage.gateway();
    return { stage, queue, witness: new Witness(queue) };
  }

  async function child(stage: Stage, painters = 1): Promise<WorkerChild> {
    const { prefix } = stage;
    const started = await WorkerChild.start({ url: server.url, prefix, painters, timing: QUICK.doomed });
    onTestFinished(() => started.kill());
    return started;
  }

  it('lose no job when one is killed: another goes on, and that is told', async () => {
    const { stage, queue, witness } = await opened();
    const doomed = await child(stage);
    await queue.submit(job('a', 'a'));
    await doomed.paints('a');
    await witness.saw('a', 'started');
    await doomed.kill();
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    await studio.finishNext();
    await witness.saw('a', 'done');
    expect(witness.of('a')).toEqual(['started', 'retrying', 'done']);
    expect(witness.events.find(({ type }) => type === 'retrying')).toMatchObject({
      failure: { code: 'painter-crashed', message: 'The machine that painted it was lost.' },
    });
  });

  it('give a job up that three of them were lost with', async () => {
    const { stage, queue, witness } = await opened();
    await queue.submit(job('a', 'a'));
    for (let i = 0; i < 3; i++) {
      const doomed = await child(stage);
      await doomed.paints('a');
      await expect.poll(() => witness.of('a').length).toBe(i + 1);
      await doomed.kill();
    }
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    expect(await witness.saw('a', 'failed')).toMatchObject({ failure: { code: 'painter-crashed' } });
    expect(witness.of('a')).toEqual(['started', 'retrying', 'retrying', 'failed']);
    expect(studio.started).toEqual([]);
    await queue.submit(job('b', 'b'));
    expect(await studio.finishNext()).toBe('b');
  });

  it('count no more when they are killed', async () => {
    const stage = new Stage(server);
    const queue = await stage.gateway();
    await stage.worker(new Studio(1).painters);
    const doomed = await child(stage, 3);
    await expect.poll(async () => (await queue.stats()).painters).toBe(4);
    await doomed.kill();
    await expect.poll(async () => (await queue.stats()).painters, { timeout: 5000 }).toBe(1);
  });

  it('hand back what they paint when they are told to stop, before all that waits, without a loss', async () => {
    const { stage, queue, witness } = await opened();
    for (let i = 0; i < 4; i++) {
      const studio = new Studio(1);
      const worker = await stage.worker(studio.painters);
      if (i === 0) for (const id of ['a', 'b']) await queue.submit(job(id, id));
      await studio.sitting('a');
      await worker.close();
      expect(worker.running).toBe(0);
    }
    expect(await queue.stats()).toMatchObject({ waiting: 1, running: 1, painters: 0 });
    const last = new Studio(1);
    await stage.worker(last.painters);
    expect(await last.finishNext()).toBe('a');
    await witness.saw('a', 'done');
    expect(await last.finishNext()).toBe('b');
    expect(witness.of('a')).toEqual(['started', 'done']);
  });

  it('add the time before a job was handed back to its painter time', async () => {
    const { stage, queue, witness } = await opened();
    const first = new Studio(1);
    const worker = await stage.worker(first.painters);
    await queue.submit(job('a', 'a'));
    await first.sitting('a');
    await worker.close();
    const redis = await stage.link();
    const key = redis.names.bull(redis.names.bullId('a'));
    const { painterMs, ...data } = JSON.parse((await redis.redis.hget(key, 'data')) as string);
    expect(painterMs).toBeGreaterThan(0);
    await redis.redis.hset(key, 'data', JSON.stringify({ ...data, painterMs: 1_000_000 }));
    const second = new Studio(1);
    await stage.worker(second.painters);
    await second.finishNext();
    const event = await witness.saw('a', 'done');
    expect(event.type === 'done' && event.result.painterMs).toBeGreaterThan(1_000_000);
  });

  it('finish a job once, when one that was frozen for too long wakes up beside another', async () => {
    const { stage, queue, witness } = await opened();
    const frozen = await child(stage);
    await queue.submit(job('a', 'a'));
    await frozen.paints('a');
    await witness.saw('a', 'started');
    frozen.signal('SIGSTOP');
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    await studio.sitting('a');
    frozen.finish('a', { ...painted, picture: 'late' });
    await studio.finishNext();
    expect(await witness.saw('a', 'done')).toMatchObject({ result: { picture: 'result' } });
    frozen.signal('SIGCONT');
    await frozen.close();
    await queue.submit(job('b', 'b'));
    await studio.finishNext();
    await witness.saw('b', 'done');
    expect(witness.of('a')).toEqual(['started', 'retrying', 'done']);
  });

  it('take the first result of two, and stop whoever still paints the job', async () => {
    const { stage, queue, witness } = await opened();
    const frozen = await child(stage);
    await queue.submit(job('a', 'a'));
    await frozen.paints('a');
    frozen.signal('SIGSTOP');
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    await studio.sitting('a');
    frozen.finish('a', { ...painted, picture: 'first' });
    frozen.signal('SIGCONT');
    expect(await witness.saw('a', 'done')).toMatchObject({ result: { picture: 'first' } });
    await expect.poll(() => studio.busy).toEqual([]);
    await queue.submit(job('b', 'b'));
    expect(witness.of('a').filter((type) => type === 'done')).toHaveLength(1);
  });

  /** One that paints `a`, with a painter to spare. */
  async function painting() {
    const { stage, queue, witness } = await opened();
    const studio = new Studio(2);
    await stage.worker(studio.painters, { timing: { ...QUICK.worker, stalledMs: 2000, beatMs: 50 } });
    await queue.submit(job('a', 'a'));
    await witness.saw('a', 'started');
    const { names, redis } = await stage.link();
    const lock = names.bull(`${names.bullId('a')}:lock`);
    const beat = async () => Number((await redis.zrange(names.workers, 0, 0, 'WITHSCORES'))[1]);
    const paintsOn = async () => {
      (await studio.sitting('a')).finish();
      await witness.saw('a', 'done');
      await queue.submit(job('b', 'b'));
      (await studio.sitting('b')).finish();
      await witness.saw('b', 'done');
      expect(studio.started).toEqual(['a', 'b']);
      expect(witness.of('a')).toEqual(['started', 'done']);
      await expect.poll(() => redis.exists(names.bull(names.bullId('a')))).toBe(0);
    };
    return { names, redis, lock, beat, paintsOn };
  }

  it('keep what they paint when its lock has run out, however often the server was away', async () => {
    const { redis, lock, paintsOn } = await painting();
    for (let i = 0; i < 4; i++) {
      await redis.del(lock);
      await expect.poll(() => redis.get(lock)).not.toBeNull();
    }
    await paintsOn();
  });

  it('paint on what comes to them again, after it was found without a lock, and count no loss', async () => {
    const { names, redis, lock, beat, paintsOn } = await painting();
    const bullId = names.bullId('a');
    const before = await redis.get(lock);
    // As BullMQ does with what it finds so.
    await redis
      .multi()
      .del(lock)
      .lrem(names.bull('active'), 0, bullId)
      .rpush(names.bull('wait'), bullId)
      .zadd(names.bull('marker'), 0, '0')
      .exec();
    await expect.poll(() => redis.get(lock)).not.toBeNull();
    expect(await redis.get(lock)).not.toBe(before);
    for (let i = 0; i < 2; i++) {
      const last = await beat();
      await expect.poll(beat).toBeGreaterThan(last);
    }
    await paintsOn();
  });

  it('show thumbnails by a store, not in Redis, and leave none there', async () => {
    const { stage, queue, witness } = await opened();
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    await queue.submit(job('a', 'a'));
    const { hooks, finish } = await studio.sitting('a');
    const thumbnails = [Buffer.alloc(20_000, 'one'), Buffer.alloc(20_000, 'two')];
    for (const [index, thumbnail] of thumbnails.entries()) {
      hooks.onProgress({ ...progress, iteration: index, thumbnail });
      await expect
        .poll(() => witness.events.find((e) => e.type === 'progress' && e.progress.iteration === index))
        .toMatchObject({ progress: { thumbnail } });
    }
    expect(stage.shelf.kept.size).toBe(1);
    const redis = server.look();
    onTestFinished(() => redis.disconnect());
    for (const key of await redis.keys(`{${stage.prefix}}:*`)) {
      // One that has run out in the meantime has none.
      expect((await redis.memory('USAGE', key)) ?? 0, key).toBeLessThan(10_000);
    }
    finish();
    await witness.saw('a', 'done');
    await expect.poll(() => stage.shelf.kept.size).toBe(0);
  });

  it('tell only the newest of what comes faster than it can be told, in order', async () => {
    const { stage, queue, witness } = await opened();
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    await queue.submit(job('a', 'a'));
    const { hooks, finish } = await studio.sitting('a');
    for (let iteration = 1; iteration <= 1000; iteration++) hooks.onProgress({ ...progress, iteration });
    finish();
    await witness.saw('a', 'done');
    const told = witness.events.flatMap((event) =>
      event.type === 'progress' ? event.progress.iteration : [],
    );
    expect(told.at(-1)).toBe(1000);
    expect(told.length).toBeLessThan(100);
    expect(told).toEqual([...told].sort((a, b) => a - b));
  });

  it('do not try again and again, without a pause, what no painter can be given', async () => {
    const { stage, queue, witness } = await opened();
    const studio = new Studio(2);
    const worker = await stage.worker(studio.painters, { timing: { ...QUICK.worker, retryMs: 600_000 } });
    const { redis, names } = await stage.link();
    const bull = new Queue(QUEUE, { connection: redis, prefix: names.prefix, skipVersionCheck: true });
    const damaged = { ...job('damaged', 'd'), task: { jobId: 'damaged' } };
    await bull.add('', { version: JOB_VERSION, job: damaged }, { jobId: names.bullId('damaged') });
    await expect.poll(() => stage.errors.length).toBe(1);
    await queue.submit(job('a', 'a'));
    await studio.finishNext();
    await witness.saw('a', 'done');
    expect(stage.errors).toHaveLength(1);
    expect(worker.running).toBe(1);
    await worker.close();
    expect(await bull.getJobCounts('wait', 'active')).toEqual({ wait: 1, active: 0 });
  });

  it.each([
    ['paint a job from before there were methods with the one that there was', {}, { method: 'gatys' }],
    ['paint a job with its own method', { method: 'mix' } as const, { method: 'mix' }],
  ])('%s', async (_, options, expected) => {
    const stage = new Stage(server);
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    const { redis, names } = await stage.link();
    const bull = new Queue(QUEUE, { connection: redis, prefix: names.prefix, skipVersionCheck: true });
    const { task, ...rest } = job('kept', 'a');
    const version = 'method' in options ? JOB_VERSION : 2;
    const kept = { ...rest, task: { ...task, options: { size: 384, ...options } } };
    await bull.add('', { version, job: kept }, { jobId: names.bullId('kept') });
    const sitting = await studio.sitting('kept');
    expect(sitting.task.options).toEqual({ size: 384, ...expected });
    sitting.finish();
  });

  it('leave jobs of a newer version to newer workers, and say so', async () => {
    const stage = new Stage(server);
    const studio = new Studio(1);
    const worker = await stage.worker(studio.painters);
    const link = await stage.link();
    const bull = new Queue(QUEUE, {
      connection: link.redis,
      prefix: link.names.prefix,
      skipVersionCheck: true,
    });
    await bull.add('', { version: 99, job: 'of another form' }, { jobId: 'job-new' });
    await expect.poll(() => worker.problem).toContain('has to be updated');
    expect(studio.started).toEqual([]);
    const counts = () => bull.getJobCounts('wait', 'active', 'failed');
    await expect.poll(counts).toEqual({ wait: 1, active: 0, failed: 0 });
  });
});
