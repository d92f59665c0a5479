import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/bot/chat.ts';
import { ann, painting, photo, startTestInstance, studio } from '../support/instance.ts';

describe('a result that was posted just before the end', () => {
  it('is not posted again', async () => {
    await using test = await startTestInstance();
    await test.stylize();
    const { task, finish } = await test.easel.next();
    await finish();
    const ends = () => test.platform.messages.filter(({ key }) => key === `end-${task.jobId}`);
    await test.platform.until(() => ends()[0]);
    await test.forgetDelivery(task.jobId);
    await test.restart();
    // It stops when all answers that are due have been given.
    await test.instance.stop();
    expect(ends()).toHaveLength(1);
    expect(await test.deliveredAt(task.jobId)).not.toBeNull();
  });
});

describe('a job of a server that another process serves', () => {
  it('is left to that one, whether it is unfinished or only not told', async () => {
    await using test = await startTestInstance();
    const end = (jobId: string) => test.platform.texts(`end-${jobId}`)[0];
    await test.stylize();
    const ended = await test.easel.next();
    await ended.finish();
    await test.platform.until(() => end(ended.task.jobId));
    await test.stylize();
    const unfinished = await test.easel.next();
    test.platform.messages.length = 0;
    await test.forgetDelivery(ended.task.jobId);

    test.platform.owns = (server) => server !== studio.server;
    await test.restart();
    // Where painters are shared, they paint for others, too.
    const paintingAll = (async () => {
      for (;;) await (await test.easel.next()).finish();
    })();
    paintingAll.catch(() => {});
    await test.platform.send({
      kind: 'command',
      actor: ann,
      place: { ...studio, server: 'elsewhere' },
      command: 'stylize',
      options: { content: photo, style: painting },
    });
    await test.platform.until(() => test.platform.texts('end-')[0]);
    expect([end(ended.task.jobId), end(unfinished.task.jobId)]).toEqual([undefined, undefined]);
    await test.instance.stop();
    expect(await test.deliveredAt(ended.task.jobId)).toBeNull();

    test.platform.owns = () => true;
    await test.restart();
    await test.platform.until(() => end(ended.task.jobId) && end(unfinished.task.jobId));
  });
});

describe('an event that comes with the connection', () => {
  it('is handled when what a stop has left is in the queue again', async () => {
    await using test = await startTestInstance();
    await test.stylize();
    await test.easel.next();
    const connect = test.platform.connect.bind(test.platform);
    let early: Promise<Message[]> | undefined;
    test.platform.connect = (sink) => {
      connect(sink);
      early = test.command('queue');
    };
    await test.restart();
    const [queue] = (await early) ?? [];
    expect(queue?.text).toMatch(/1 waiting · 0 of 1|0 waiting · 1 of 1/);
  });
});

describe('a platform that is down', () => {
  it('gets its answer after the next start', async () => {
    await using test = await startTestInstance();
    await test.stylize();
    const { task, finish } = await test.easel.next();
    test.platform.outages.set(`end-${task.jobId}`, 1);
    await finish();
    await test.platform.until(() => test.log.some((line) => line.includes('cannot be reached')));
    expect(test.platform.texts(`end-${task.jobId}`)).toEqual([]);
    await test.restart();
    await test.platform.until(() => test.platform.texts(`end-${task.jobId}`)[0]);
  });
});
