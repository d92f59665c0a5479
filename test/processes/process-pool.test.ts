import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Answering, type ProcessPoolOptions, processPool } from '../../src/processes/process-pool.ts';
import { isAlive } from '../support/alive.ts';

const TSX = ['--import', 'tsx'];
const entry = new URL('../support/processes-faulty.ts', import.meta.url);

const usual: ProcessPoolOptions = {
  name: 'test',
  entry,
  execArgv: TSX,
  env: { PATH: process.env.PATH },
  size: 1,
  timeLimitMs: 60_000,
  memoryLimit: 4e9,
  log: { debug() {}, warn() {} },
};

function open(options: Partial<ProcessPoolOptions> = {}): Answering<string, unknown> {
  const pool = processPool<string, unknown>({ ...usual, ...options });
  onTestFinished(() => pool.close());
  return pool;
}

describe('a pool of processes', () => {
  it('answers in a process of its own, one request after the other in the same one', async () => {
    const pool = open();
    const pids = await Promise.all(Array.from({ length: 3 }, () => pool.run('tell its process')));
    expect(new Set(pids).size).toBe(1);
    expect(pids[0]).not.toBe(process.pid);
  });

  it('gives its processes no more of the environment than it was told', async () => {
    process.env.IMPASTO_TEST_TOKEN = 'secret';
    onTestFinished(() => void delete process.env.IMPASTO_TEST_TOKEN);
    const names = (await open().run('tell its environment')) as string[];
    expect(names).toContain('PATH');
    expect(names.filter((name) => /IMPASTO|TOKEN|HOME/.test(name))).toEqual([]);
  });

  it('hands on what the handler threw, and keeps words that nobody foresaw to the log', async () => {
    const pool = open();
    await expect(pool.run('throw')).rejects.toMatchObject({ code: 'not-a-picture', message: 'It is none.' });
    await expect(pool.run('throw what nobody foresaw')).rejects.toMatchObject({
      message: expect.not.stringContaining('secret'),
      cause: { message: expect.stringContaining('a secret path') },
    });
    await pool.run('tell its process');
  });

  describe.each<[string, Partial<ProcessPoolOptions>, string[]]>([
    [
      'crash',
      {},
      ['exit', 'crash', 'send nonsense', 'send nonsense before its answer', 'send a failure without words'],
    ],
    ['time', { timeLimitMs: 1000 }, ['block', 'be stuck in native code', 'wait forever']],
    ['memory', { memoryLimit: 600e6 }, ['eat memory', 'eat memory without a pause']],
  ])('that has lost a process by %s', (reason, options, requests) => {
    // One pool for all: the process that answers after one loss is the next to be lost.
    let pool: ReturnType<typeof open>;
    beforeAll(() => {
      pool = processPool({ ...usual, ...options });
    });
    afterAll(() => pool.close());

    it.each(requests)('says so and answers the next request: %s', async (request) => {
      await expect(pool.run(request)).rejects.toMatchObject({ reason });
      expect(await pool.run('tell its process')).toBeGreaterThan(0);
    });
  });

  it('gives no further request to a process that has kept much of its memory', async () => {
    const pool = open({ memoryLimit: 400e6 });
    const worn = await pool.run('keep much memory');
    expect(await pool.run('tell its process')).not.toBe(worn);
  });

  it('gives no request to a process that it ends because nothing was to be done', async () => {
    const pool = open({ idleMs: 1 });
    for (let time = 0; time < 3; time++) {
      expect(await pool.run('tell its process')).toBeGreaterThan(0);
      await setTimeout(2);
    }
  });

  it('says in the log that a process was lost, with its last words', async () => {
    const warnings: Record<string, unknown>[] = [];
    const pool = open({ log: { debug() {}, warn: (details) => void warnings.push(details) } });
    await expect(pool.run('complain and exit')).rejects.toMatchObject({ reason: 'crash' });
    expect(warnings).toMatchObject([
      { reason: 'crash', err: { message: expect.stringContaining('the last thing it said') } },
    ]);
  });

  it('tells of a process that cannot even start', async () => {
    const pool = open({ entry: new URL('../support/no-such-module.ts', import.meta.url) });
    await expect(pool.run('tell its process')).rejects.toMatchObject({ reason: 'start' });
  });

  it('works on as many requests at once as it may have processes, and no more', async () => {
    const pool = open({ size: 2, timeLimitMs: 1500 });
    const ended: string[] = [];
    const note = (name: string) => () => void ended.push(name);
    const stuck = pool.run('wait forever').catch(note('stuck'));
    const first = pool.run('tell its process').then(note('first'));
    const second = pool.run('tell its process').then(note('second'));
    await Promise.all([stuck, first, second]);
    expect(ended.slice(0, 2)).toEqual(['first', 'second']);
  });

  it('ends its processes when it is closed, whatever they do, and takes no more requests', async () => {
    const pool = open();
    const pid = (await pool.run('tell its process')) as number;
    const blocked = pool.run('block');
    await pool.close();
    await expect(blocked).rejects.toMatchObject({ code: 'closed' });
    expect(isAlive(pid)).toBe(false);
    await expect(pool.run('tell its process')).rejects.toMatchObject({ code: 'closed' });
  });
});
