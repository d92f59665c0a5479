import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Painter } from '../../../src/core/painter.ts';
import { paintWithRecovery } from '../../../src/queue/painters/recovery.ts';
import { open, paint, task } from '../../support/painters/open.ts';

const normally = async (painter: Painter) => (await paint(painter, task('paints')).result).picture;

afterEach(() => {
  vi.useRealTimers();
});

describe('a painter in a process of its own', () => {
  it('paints one task after the other in the same process', async () => {
    const { painter } = open();
    const first = await normally(painter);
    expect(Number(first)).not.toBe(process.pid);
    expect(await normally(painter)).toBe(first);
  });

  it('tells of a crash by its exit code, keeps its last words for the log, and paints the next task', async () => {
    const { painter, lines } = open();
    await expect(paint(painter, task('exits')).result).rejects.toMatchObject({
      code: 'painter-crashed',
      message: 'The painting process ended with exit code 3.',
      cause: { message: expect.stringContaining('the last thing it said') },
    });
    expect(lines).toContain('the last thing it said');
    await normally(painter);
  });

  it('tells of a crash by its signal', async () => {
    const { painter } = open();
    await expect(paint(painter, task('is killed')).result).rejects.toMatchObject({
      code: 'painter-crashed',
      message: 'The painting process was ended by SIGKILL.',
    });
  });

  it('tells an error of the task from a crash, and keeps words that nobody foresaw to the log', async () => {
    const { painter } = open();
    const { result } = paint(painter, task('throws'));
    await expect(result).rejects.toMatchObject({ code: 'unexpected' });
    await expect(result).rejects.toMatchObject({
      cause: { message: expect.stringContaining('a secret path') },
    });
    await expect(result).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
    await normally(painter);
  });

  it.each(['blocks', 'waits forever'])(
    'ends a process that %s and gives no sign of life',
    async (content) => {
      const { painter } = open({ stuckAfterMs: 60_000 });
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const { result, progress } = paint(painter, task(content));
      await progress();
      vi.advanceTimersByTime(60_000);
      await expect(result).rejects.toMatchObject({ code: 'painter-stuck' });
      await normally(painter);
    },
  );

  it('takes any message for a sign of life', async () => {
    const { painter } = open({ stuckAfterMs: 60_000 });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { result, progress } = paint(painter, task('reports when signalled'));
    const { width: pid } = await progress();
    for (const count of [2, 3]) {
      vi.advanceTimersByTime(59_999);
      process.kill(pid, 'SIGUSR2');
      await progress(({ iteration }) => iteration === count);
    }
    vi.advanceTimersByTime(59_999);
    vi.advanceTimersByTime(1);
    await expect(result).rejects.toMatchObject({ code: 'painter-stuck' });
  });

  it('does not watch a process that has nothing to do', async () => {
    const { painter } = open({ stuckAfterMs: 60_000 });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const first = await normally(painter);
    vi.advanceTimersByTime(600_000);
    expect(await normally(painter)).toBe(first);
  });

  it('stops a painting when it is cancelled, and keeps the process', async () => {
    const { painter } = open();
    const first = await normally(painter);
    const { controller, result, progress } = paint(painter, task('stops when told'));
    await progress();
    controller.abort();
    await expect(result).rejects.toMatchObject({ code: 'aborted' });
    expect(await normally(painter)).toBe(first);
  });

  it('ends a process that does not stop in time when it is cancelled', async () => {
    const { painter } = open({ stopWithinMs: 1000 });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { controller, result, progress } = paint(painter, task('blocks'));
    await progress();
    controller.abort();
    vi.advanceTimersByTime(1000);
    await expect(result).rejects.toMatchObject({ code: 'aborted' });
  });

  it('does not begin what was cancelled before the process had started', async () => {
    const { painter } = open();
    const { controller, result, reports } = paint(painter, task('waits forever'));
    controller.abort();
    await expect(result).rejects.toMatchObject({ code: 'aborted' });
    expect(reports).toEqual([]);
    await expect(paint(painter, task('paints')).result).resolves.toMatchObject({ size: 512 });
  });

  it('closes: stops the painting, ends the process, and paints no more', async () => {
    const { painter } = open();
    const { result, progress } = paint(painter, task('stops when told'));
    const { width: pid } = await progress();
    await painter.close();
    await expect(result).rejects.toMatchObject({ code: 'aborted' });
    expect(() => process.kill(pid, 0)).toThrow();
    await expect(paint(painter, task('paints')).result).rejects.toMatchObject({ code: 'closed' });
  });

  it('closes in time even when the process does not listen', async () => {
    const { painter } = open({ stopWithinMs: 1000 });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { result, progress } = paint(painter, task('blocks'));
    await progress();
    const closed = painter.close();
    vi.advanceTimersByTime(1000);
    await closed;
    await expect(result).rejects.toMatchObject({ code: 'aborted' });
  });

  it('leaves no process behind when its parent is killed', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const parent = fork(
      fileURLToPath(new URL('../../support/painters/parent.ts', import.meta.url)),
      [String((server.address() as net.AddressInfo).port)],
      { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    const [orphan] = (await once(server, 'connection')) as [net.Socket];
    parent.kill('SIGKILL');
    orphan.resume();
    orphan.on('error', () => {});
    await once(orphan, 'close');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves %s to the process in charge', async (signal) => {
    const { painter } = open({ stopWithinMs: 1 });
    const { result, progress } = paint(painter, task('reports when signalled'));
    const { width: pid } = await progress();
    process.kill(pid, signal);
    process.kill(pid, 'SIGUSR2');
    await progress(({ iteration }) => iteration === 2);
    await painter.close();
    await expect(result).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('memory that is not enough', () => {
  it.each(['lacks memory', 'asks for too large an array'])(
    'is told by the process itself: %s',
    async (content) => {
      const { painter } = open();
      await expect(paint(painter, task(content)).result).rejects.toMatchObject({ code: 'out-of-memory' });
    },
  );

  it('is recognised when JavaScript’s heap is full', async () => {
    const { painter } = open({ execArgv: ['--import', 'tsx', '--max-old-space-size=64'] });
    await expect(paint(painter, task('fills the heap')).result).rejects.toMatchObject({
      code: 'out-of-memory',
    });
  });

  it('is recognised when the system kills the process for it', async () => {
    let kills = 7;
    const { painter } = open({ oomKills: async () => kills++ });
    await expect(paint(painter, task('is killed')).result).rejects.toMatchObject({ code: 'out-of-memory' });
  });

  it('makes the painting one step smaller', async () => {
    const { painter } = open();
    const retries: unknown[] = [];
    const outcome = await paintWithRecovery(painter, task('lacks memory'), {
      signal: new AbortController().signal,
      onProgress: () => {},
      onRetry: ({ code }, size) => void retries.push([code, size]),
    });
    expect(retries).toEqual([['out-of-memory', 384]]);
    expect(outcome).toMatchObject({ type: 'failed', error: { message: 'Too little memory for 384 px.' } });
  });
});
