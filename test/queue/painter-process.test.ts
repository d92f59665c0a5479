import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openCheckpointFolder } from '../../src/queue/checkpoint-folder.ts';
import { painterArguments } from '../../src/queue/painter-arguments.ts';
import { type ProcessPainterOptions, processPainter } from '../../src/queue/painter-process.ts';
import { paintWithRecovery } from '../../src/queue/recovery.ts';
import type { Painter, PaintProgress, PaintTask } from '../../src/queue/task.ts';
import { openPictureFolder } from '../../src/store/pictures.ts';
import { gradientPicture } from '../support/pictures.ts';

const entry = (name: string) => new URL(`../support/painters/${name}.ts`, import.meta.url);

/** A painter in a process that misbehaves as a task's content says. */
function open(options: Partial<ProcessPainterOptions> = {}) {
  const lines: unknown[] = [];
  const pids: number[] = [];
  const painter = processPainter({
    entry: entry('faulty'),
    execArgv: ['--import', 'tsx'],
    checkpoints: openCheckpointFolder('/nonexistent'),
    stuckAfterMs: 600_000,
    stopWithinMs: 5000,
    log: {
      info: ({ pid }) => void pids.push(pid as number),
      warn: ({ line }) => void lines.push(line),
    },
    ...options,
  });
  onTestFinished(() => painter.close());
  return { painter, lines, pids };
}

const task = (content: string, more: Partial<PaintTask> = {}): PaintTask => ({
  jobId: 'job-1',
  kind: 'painting',
  options: { size: 512 },
  content,
  styles: [],
  ...more,
});

/** Has a task painted; `told` settles with the first progress that fits. */
function paint(painter: Painter, what: PaintTask) {
  const controller = new AbortController();
  const reports: PaintProgress[] = [];
  const told = new EventTarget();
  const result = painter.paint(what, {
    signal: controller.signal,
    onProgress: (progress) => {
      reports.push(progress);
      told.dispatchEvent(new Event('progress'));
    },
  });
  result.catch(() => {});
  const progress = async (fits: (progress: PaintProgress) => boolean = () => true) => {
    for (;;) {
      const fitting = reports.find(fits);
      if (fitting) return fitting;
      await Promise.race([once(told, 'progress'), result]);
    }
  };
  return { controller, result, reports, progress };
}

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
    await expect(result).rejects.toMatchObject({ code: 'engine-failed' });
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
      fileURLToPath(entry('parent')),
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

describe('a painting whose process is killed', () => {
  it('goes on from its checkpoint in a new process, to the very picture of an undisturbed one', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const [picturesFolder, checkpointFolder] = [
      path.join(folder, 'pictures'),
      path.join(folder, 'checkpoints'),
    ];
    const pictures = openPictureFolder(picturesFolder);
    const content = await pictures.put(await gradientPicture(64, 48).png().toBuffer());
    const style = await pictures.put(await gradientPicture(48, 64).negate().png().toBuffer());
    const options = { size: 64, minSize: 32, iterations: 120 };
    const { painter, pids } = open({
      entry: new URL('../support/tiny-painter.ts', import.meta.url),
      args: painterArguments({
        place: { type: 'folder', folder },
        checkpointMs: 0,
        maxPixels: 1e6,
        engines: ['onnx-cpu'],
      }),
      checkpoints: openCheckpointFolder(checkpointFolder),
    });
    const undisturbed = await paint(painter, task(content, { jobId: 'whole', options, styles: [style] }))
      .result;

    const killed: number[] = [];
    const seen: number[] = [];
    const outcome = await paintWithRecovery(painter, task(content, { options, styles: [style] }), {
      signal: new AbortController().signal,
      onProgress: ({ iteration }) => {
        seen.push(iteration);
        if (killed.length < 2 && iteration > 30 * (killed.length + 1)) {
          killed.push(iteration);
          process.kill(pids.at(-1) as number, 'SIGKILL');
        }
      },
      onRetry: () => void seen.push(-1),
    });
    expect(killed).toHaveLength(2);
    expect(outcome).toMatchObject({
      type: 'done',
      result: { picture: undisturbed.picture, iterations: 120 },
    });
    // After each loss it went on about where it was, not from the beginning.
    const resumed = seen.flatMap((iteration, i) => (seen[i - 1] === -1 ? [iteration] : []));
    expect(resumed).toHaveLength(2);
    for (const [i, iteration] of resumed.entries())
      expect(iteration).toBeGreaterThan((killed[i] as number) - 10);
    await painter.forget('job-1');
    expect(await readdir(checkpointFolder)).toEqual(['whole.checkpoint']);
  });
});
