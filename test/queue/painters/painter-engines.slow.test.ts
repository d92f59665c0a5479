import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Painter } from '../../../src/core/painter.ts';
import type { Pictures } from '../../../src/core/pictures.ts';
import type { Painted, PaintTask } from '../../../src/core/task.ts';
import { decodePicture } from '../../../src/nst/image/decode.ts';
import { relativeError } from '../../../src/nst/vector.ts';
import { AVOID_MS } from '../../../src/queue/painters/painter-process.ts';
import { paintWithRecovery } from '../../../src/queue/painters/recovery.ts';
import { paint, tinyPainter } from '../../support/painters/open.ts';

/** Sees a task through; tells how often it had to be tried again. */
async function seenThrough(painter: Painter, task: PaintTask) {
  let retries = 0;
  const outcome = await paintWithRecovery(painter, task, {
    signal: new AbortController().signal,
    onProgress: () => {},
    onRetry: () => {
      retries += 1;
    },
  });
  if (outcome.type !== 'done') throw outcome.error;
  return { painted: outcome.result, retries };
}

vi.setConfig({ testTimeout: 300_000 });

const difference = async (pictures: Pictures, a: Painted, b: Painted) =>
  relativeError(
    (await decodePicture(await pictures.get(a.picture))).rgb,
    (await decodePicture(await pictures.get(b.picture))).rgb,
  );

afterEach(() => {
  vi.useRealTimers();
});

describe('a painter whose engine’s driver crashes', () => {
  it('finishes the painting on the next engine from its checkpoint, says so, and gets the same picture', async () => {
    const { painter, pictures, pictureTask } = await tinyPainter('onnx-cuda', 'onnx-cpu');
    const { painted, retries } = await seenThrough(painter, pictureTask('job-1'));
    expect(retries).toBe(1);
    expect(painted.warnings).toEqual(['with caution']);
    expect(painted.iterations).toBe(120);
    // It went on from the checkpoint: the last attempt had less to do than the whole.
    const undisturbed = (await seenThrough(painter, pictureTask('job-2'))).painted;
    expect(painted.work.megapixelEvaluations).toBeLessThan(0.9 * undisturbed.work.megapixelEvaluations);
    expect(await difference(pictures, painted, undisturbed)).toBeLessThan(0.01);
  });

  it('leaves that engine aside for a while, then tries it again', async () => {
    const { painter, pids, pictureTask } = await tinyPainter('onnx-cuda', 'onnx-cpu');
    vi.useFakeTimers({ toFake: ['performance'] });
    expect((await seenThrough(painter, pictureTask('job-1'))).retries).toBe(1);
    vi.advanceTimersByTime(AVOID_MS - 1);
    expect((await seenThrough(painter, pictureTask('job-2'))).retries).toBe(0);
    expect(pids).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect((await seenThrough(painter, pictureTask('job-3'))).retries).toBe(1);
    expect(pids).toHaveLength(4);
  });
});

describe('a painter whose device is lost', () => {
  it('finishes the painting on the next engine without a new attempt, and says so', async () => {
    const { painter, pictures, pictureTask } = await tinyPainter('onnx-webgpu', 'onnx-cpu');
    const painted = await paint(painter, pictureTask('job-1')).result;
    expect(painted.warnings).toEqual(['from onnx/failing']);
    const { painter: other, pictureTask: same, pictures: others } = await tinyPainter();
    const undisturbed = await paint(other, same('job-1')).result;
    await pictures.put(await others.get(undisturbed.picture));
    expect(await difference(pictures, painted, undisturbed)).toBeLessThan(0.01);
  });

  it('has a new process paint what comes next, on that device again', async () => {
    const { painter, pids, pictureTask } = await tinyPainter('onnx-webgpu', 'onnx-cpu');
    await paint(painter, pictureTask('job-1')).result;
    expect((await paint(painter, pictureTask('job-2')).result).warnings).toEqual(['from onnx/failing']);
    expect(pids).toHaveLength(2);
    expect(() => process.kill(pids[0] as number, 0)).toThrow();
  });
});
