import type { Checkpoints } from '../core/checkpoints.ts';
import type { Bucket } from './bucket.ts';
import { checkpointName, decodeCheckpoint, encodeCheckpoint, jobOfCheckpoint } from './checkpoints.ts';
import { unwritable } from './s3-errors.ts';

/** Checkpoints in an S3 store. */
export function openS3Checkpoints(bucket: Bucket): Checkpoints {
  return {
    async read(task) {
      const found = await bucket.get(checkpointName(task.jobId));
      return found && decodeCheckpoint(task, found.bytes);
    },
    async write(task, checkpoint) {
      const name = checkpointName(task.jobId);
      await bucket.put(name, encodeCheckpoint(task, checkpoint)).catch(unwritable('checkpoints'));
    },
    async remove(jobId) {
      await bucket.remove(checkpointName(jobId));
    },
    async keep(unfinished) {
      const kept: string[] = [];
      for await (const { name } of bucket.list()) {
        const jobId = jobOfCheckpoint(name);
        if (jobId !== undefined) kept.push(jobId);
      }
      const jobs = await unfinished();
      for (const jobId of kept) {
        if (!jobs.has(jobId)) await bucket.remove(checkpointName(jobId));
      }
    },
  };
}
