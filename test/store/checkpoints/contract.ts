import { describe, expect, it } from 'vitest';
import type { Checkpoints } from '../../../src/core/checkpoints.ts';
import { checkpoint, task } from './records.ts';

/** What holds for every place of checkpoints. */
export function checkpointsContract(name: string, open: () => Promise<Checkpoints>): void {
  describe(`checkpoints in ${name}`, () => {
    it('are read as they were written, also by another process', async () => {
      const checkpoints = await open();
      expect(await checkpoints.read(task('a'))).toBeUndefined();
      await checkpoints.write(task('a'), checkpoint);
      expect(await checkpoints.read(task('a'))).toEqual(checkpoint);
      expect(await checkpoints.read(task('b'))).toBeUndefined();
    });

    it('take the place of older ones', async () => {
      const checkpoints = await open();
      await checkpoints.write(task('a'), checkpoint);
      const later = { finished: [], frames: [], painting: Buffer.alloc(100_000, 7) };
      await checkpoints.write(task('a'), later);
      expect(await checkpoints.read(task('a'))).toEqual(later);
    });

    it.each([
      ['other settings', { options: { size: 128 } }],
      ['another kind', { kind: 'sweep' as const }],
      ['another photograph', { content: 'other' }],
      ['other styles', { styles: ['style', 'other'] }],
      ['a mask', { mask: 'mask' }],
      ['another beginning', { init: 'init' }],
    ])('are not those of a task with %s', async (_, changes) => {
      const checkpoints = await open();
      await checkpoints.write(task('a'), checkpoint);
      expect(await checkpoints.read(task('a', changes))).toBeUndefined();
    });

    it('go when they are removed, which may be done twice', async () => {
      const checkpoints = await open();
      for (const id of ['a', 'b']) await checkpoints.write(task(id), checkpoint);
      await checkpoints.remove('a');
      await checkpoints.remove('a');
      expect(await checkpoints.read(task('a'))).toBeUndefined();
      expect(await checkpoints.read(task('b'))).toEqual(checkpoint);
    });

    it('of unfinished jobs alone are kept', async () => {
      const checkpoints = await open();
      await checkpoints.keep(async () => new Set());
      for (const id of ['a', 'b', 'c']) await checkpoints.write(task(id), checkpoint);
      await checkpoints.keep(async () => new Set(['b', 'd']));
      const left = await Promise.all(['a', 'b', 'c'].map((id) => checkpoints.read(task(id))));
      expect(left).toEqual([undefined, checkpoint, undefined]);
    });

    it('of jobs that are accepted and painted while others are removed stay', async () => {
      const checkpoints = await open();
      await checkpoints.write(task('ended'), checkpoint);
      await checkpoints.keep(async () => {
        const unfinished = new Set<string>();
        // Accepted after the unfinished jobs have been asked for.
        await checkpoints.write(task('accepted'), checkpoint);
        return unfinished;
      });
      expect(await checkpoints.read(task('accepted'))).toEqual(checkpoint);
      expect(await checkpoints.read(task('ended'))).toBeUndefined();
    });

    it('stay when nobody can tell which jobs are unfinished', async () => {
      const checkpoints = await open();
      await checkpoints.write(task('a'), checkpoint);
      await expect(checkpoints.keep(() => Promise.reject(new Error('no answer')))).rejects.toThrow(
        'no answer',
      );
      expect(await checkpoints.read(task('a'))).toEqual(checkpoint);
    });

    it('lie in their place, whatever a job is called', async () => {
      const checkpoints = await open();
      for (const jobId of ['../job', 'a/b', '', '.', 'A', 'x'.repeat(65), 'a\0']) {
        await expect(checkpoints.read(task(jobId))).rejects.toThrow(TypeError);
        await expect(checkpoints.write(task(jobId), checkpoint)).rejects.toThrow(TypeError);
        await expect(checkpoints.remove(jobId)).rejects.toThrow(TypeError);
      }
    });
  });
}
