import { describe, expect, it, onTestFinished } from 'vitest';
import { noRedis, RedisServer } from '../../support/redis.ts';
import { Witness } from '../contract.ts';
import { job, progress, Studio } from '../manual-painter.ts';
import { Stage } from './support.ts';

describe.skipIf(noRedis)(`A queue whose Redis goes away${noRedis ? `: ${noRedis}` : ''}`, () => {
  let server: RedisServer;

  async function opened(options: Parameters<typeof RedisServer.start>[0] = {}) {
    server = await RedisServer.start(options);
    const running = server;
    onTestFinished(() => running.stop());
    const stage = new Stage(server);
    const studio = new Studio(1);
    await stage.worker(studio.painters);
    const queue = await stage.gateway();
    return { stage, studio, queue, witness: new Witness(queue) };
  }

  it('goes on with everything when it comes back with what it had', async () => {
    const { studio, queue, witness } = await opened({ appendOnly: true });
    for (const id of ['a', 'b', 'c']) await queue.submit(job(id, id));
    const { hooks } = await studio.sitting('a');
    await witness.saw('a', 'started');
    await server.kill();
    hooks.onProgress(progress);
    await server.resume();
    await witness.saw('a', 'progress');
    for (const id of ['a', 'b', 'c']) {
      expect(await studio.finishNext()).toBe(id);
      await witness.saw(id, 'done');
    }
    for (const id of ['a', 'b', 'c'])
      expect(witness.of(id).filter((type) => type === 'done')).toHaveLength(1);
    expect(studio.started).toEqual(['a', 'b', 'c']);
  });

  it('submits again what it has lost, and takes the result of what was painted in the meantime', async () => {
    const { studio, queue, witness } = await opened();
    for (const id of ['a', 'b', 'c']) await queue.submit(job(id, id));
    await studio.sitting('a');
    await witness.saw('a', 'started');
    await server.kill();
    (await studio.sitting('a')).finish();
    await server.resume();
    await witness.saw('a', 'done');
    for (const id of ['b', 'c']) {
      expect(await studio.finishNext()).toBe(id);
      await witness.saw(id, 'done');
    }
    expect(witness.of('a')).toEqual(['started', 'done']);
    expect(studio.started).toEqual(['a', 'b', 'c']);
  });

  it('goes on painting what it has lost, and paints nothing twice when it is alone', async () => {
    const { studio, queue, witness } = await opened();
    await queue.submit(job('a', 'a'));
    const { hooks } = await studio.sitting('a');
    await witness.saw('a', 'started');
    await server.kill();
    await server.resume();
    // It is there again when its progress can be told.
    await expect
      .poll(() => {
        hooks.onProgress(progress);
        return witness.of('a');
      })
      .toContain('progress');
    (await studio.sitting('a')).finish();
    await witness.saw('a', 'done');
    expect(studio.started).toEqual(['a']);
  });

  it('still cancels what was to be cancelled before it lost that', async () => {
    const { stage, studio, queue, witness } = await opened();
    const link = await stage.link();
    for (const id of ['a', 'b']) await queue.submit(job(id, id));
    await studio.sitting('a');
    // As when the server is lost between the question and the worker's answer.
    await link.redis.set(
      link.names.bull(`${link.names.bullId('b')}:lock`),
      'of a worker that does not hear it',
    );
    expect(await queue.cancel('b')).toBe(true);
    await server.kill();
    await server.resume();
    await studio.finishNext();
    await witness.saw('a', 'done');
    await witness.saw('b', 'cancelled');
    expect(studio.started).toEqual(['a']);
  });

  it('takes promised jobs while it is away, refuses others, and says that it is', async () => {
    const { stage, studio, queue, witness } = await opened();
    await server.kill();
    await expect.poll(() => stage.errors.length).toBeGreaterThan(0);
    await expect(queue.stats()).rejects.toMatchObject({ code: 'queue-failed' });
    await expect(queue.submit(job('a', 'a'))).rejects.toMatchObject({ code: 'queue-failed' });
    await expect(queue.cancel('a')).rejects.toMatchObject({ code: 'queue-failed' });
    expect(await queue.ticket('a')).toBeUndefined();
    expect(await queue.submit(job('b', 'b'), { accepted: true })).toMatchObject({ position: 1 });
    expect(await queue.submit(job('c', 'c'), { accepted: true })).toMatchObject({ position: 2 });
    await server.resume();
    await studio.finishNext();
    await witness.saw('b', 'done');
    await studio.finishNext();
    await witness.saw('c', 'done');
    expect(studio.started).toEqual(['b', 'c']);
  });

  it('tells an end that came while a listener’s answer was on its way only once', async () => {
    const { stage, studio, queue, witness } = await opened({ appendOnly: true });
    let recorded = () => {};
    queue.subscribe(async ({ type }) => {
      if (type === 'done') await new Promise<void>((resolve) => (recorded = resolve));
    });
    await queue.submit(job('a', 'a'));
    await studio.finishNext();
    await witness.saw('a', 'done');
    await server.kill();
    recorded();
    await server.resume();
    await queue.submit(job('b', 'b'), { accepted: true });
    await studio.finishNext();
    await witness.saw('b', 'done');
    const { names, redis } = await stage.link();
    await expect.poll(() => redis.hexists(names.end('a'), 'event')).toBe(0);
    expect(stage.forgotten).toContain('a');
    expect(witness.of('a').filter((type) => type === 'done')).toHaveLength(1);
  });
});
