import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../src/core/failures.ts';
import type { Painter } from '../../../src/core/painter.ts';
import type { Painted, PaintTask } from '../../../src/core/task.ts';
import type { ErrorCode } from '../../../src/nst/errors.ts';
import { paintWithRecovery } from '../../../src/queue/painters/recovery.ts';
import { failure, job, painted } from '../manual-painter.ts';

/** Has a task painted by a painter whose attempts fail with these codes, one after the other; then it succeeds. */
async function recovered(
  codes: readonly ErrorCode[],
  task: PaintTask = job('a', 'a').task,
  { cancel = false } = {},
) {
  const attempts: (number | undefined)[] = [];
  const forgotten: number[] = [];
  const retries: { failure: Failure; size: number | undefined }[] = [];
  const controller = new AbortController();
  const painter: Painter = {
    async paint({ options }): Promise<Painted> {
      attempts.push(options.size);
      const code = codes[attempts.length - 1];
      if (cancel) controller.abort();
      if (code) throw failure(code);
      return { ...painted, size: options.size as number, warnings: ['A warning.'] };
    },
    forget: async () => void forgotten.push(attempts.length),
    close: async () => {},
  };
  const outcome = await paintWithRecovery(painter, task, {
    signal: controller.signal,
    onProgress: () => {},
    onRetry: (why, size) => void retries.push({ failure: why, size }),
  });
  return { outcome, attempts, forgotten, retries };
}

describe('painting with recovery', () => {
  it('paints once when nothing goes wrong', async () => {
    const { outcome, attempts, retries } = await recovered([]);
    expect(outcome).toMatchObject({ type: 'done', result: { size: 512, warnings: ['A warning.'] } });
    expect(attempts).toEqual([512]);
    expect(retries).toEqual([]);
  });

  it.each<ErrorCode>(['painter-crashed', 'painter-stuck'])(
    'goes on twice after “%s”, with its checkpoint',
    async (code) => {
      const { outcome, attempts, retries, forgotten } = await recovered([code, code]);
      expect(outcome.type).toBe('done');
      expect(attempts).toEqual([512, 512, 512]);
      expect(retries.map((each) => [each.failure.code, each.size])).toEqual([
        [code, undefined],
        [code, undefined],
      ]);
      expect(forgotten).toEqual([]);
    },
  );

  it('gives up a job that loses the painter a third time', async () => {
    const { outcome, attempts } = await recovered(['painter-crashed', 'painter-stuck', 'painter-crashed']);
    expect(outcome).toMatchObject({ type: 'failed', error: { code: 'painter-crashed' } });
    expect(attempts).toHaveLength(3);
  });

  it('paints one step smaller when memory was not enough, without the checkpoint, and says so', async () => {
    const { outcome, attempts, retries, forgotten } = await recovered(['out-of-memory']);
    expect(outcome).toMatchObject({
      type: 'done',
      result: {
        size: 384,
        warnings: ['There was not enough memory for 512 px; this is 384 px.', 'A warning.'],
      },
    });
    expect(attempts).toEqual([512, 384]);
    expect(retries).toMatchObject([{ failure: { code: 'out-of-memory' }, size: 384 }]);
    expect(forgotten).toEqual([1]);
  });

  it('takes the default size for one that was not chosen', async () => {
    const { task } = job('a', 'a');
    const { attempts } = await recovered(['out-of-memory'], { ...task, options: {} });
    expect(attempts).toEqual([undefined, 384]);
  });

  it('gives up when one step smaller is not enough, or there is none', async () => {
    const { outcome, attempts } = await recovered(['out-of-memory', 'out-of-memory']);
    expect(outcome).toMatchObject({ type: 'failed', error: { code: 'out-of-memory' } });
    expect(attempts).toEqual([512, 384]);
    const { task } = job('a', 'a');
    const small = await recovered(['out-of-memory'], { ...task, options: { size: 128 } });
    expect(small.outcome.type).toBe('failed');
    expect(small.attempts).toEqual([128]);
  });

  it('stays smaller when the painter is lost afterwards', async () => {
    const { outcome, attempts } = await recovered(['painter-crashed', 'out-of-memory', 'painter-stuck']);
    expect(outcome).toMatchObject({ type: 'done', result: { size: 384 } });
    expect(attempts).toEqual([512, 512, 384, 384]);
  });

  it.each<ErrorCode>(['picture-gone', 'bad-setting', 'engine-failed', 'closed'])(
    'does not try again after “%s”',
    async (code) => {
      const { outcome, attempts, retries } = await recovered([code]);
      expect(outcome).toMatchObject({ type: 'failed', error: { code } });
      expect(attempts).toHaveLength(1);
      expect(retries).toEqual([]);
    },
  );

  it.each<ErrorCode>(['aborted', 'painter-crashed', 'out-of-memory'])(
    'does not try again what was cancelled, though it ended with “%s”',
    async (code) => {
      const { outcome, attempts } = await recovered([code], job('a', 'a').task, { cancel: true });
      expect(outcome).toMatchObject({ type: 'failed', error: { code } });
      expect(attempts).toHaveLength(1);
    },
  );

  it('sums up the painter time of all attempts', async () => {
    const { outcome } = await recovered(['painter-crashed']);
    expect(outcome).toMatchObject({ type: 'done', painterMs: expect.any(Number) });
    expect((outcome as { result: Painted }).result.painterMs).toBe(outcome.painterMs);
  });
});
