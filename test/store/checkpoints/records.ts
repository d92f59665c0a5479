import type { Checkpoint } from '../../../src/core/checkpoints.ts';
import type { PaintTask } from '../../../src/core/task.ts';

/** A job to be painted. */
export function task(jobId: string, more: Partial<PaintTask> = {}): PaintTask {
  return { jobId, kind: 'painting', options: { size: 64 }, content: 'photo', styles: ['style'], ...more };
}

export const checkpoint: Checkpoint = {
  finished: [Buffer.from('one painting'), Buffer.from('another')],
  frames: [Buffer.from('a frame')],
  painting: Buffer.from('numbers'),
};
