import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import type { Checkpoint } from '../core/checkpoints.ts';
import { checkJobId, type PaintTask } from '../core/task.ts';

const FORMAT = 'impasto job 1';

/** A checkpoint as bytes, in parts: the painting's is large and is not copied to be joined with the rest. */
export function encodeCheckpoint(task: PaintTask, { painting, ...rest }: Checkpoint): Uint8Array[] {
  const header = serialize({ format: FORMAT, of: fingerprint(task), ...rest });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  return [length, header, painting];
}

/** The inverse of {@link encodeCheckpoint}; undefined for bytes that are damaged, or of another painting than the task's. */
export function decodeCheckpoint(task: PaintTask, bytes: Buffer): Checkpoint | undefined {
  try {
    const start = 4 + bytes.readUInt32LE(0);
    const { format, of, ...rest } = deserialize(bytes.subarray(4, start));
    if (format !== FORMAT || of !== fingerprint(task)) return undefined;
    return { ...rest, painting: bytes.subarray(start) };
  } catch {
    return undefined;
  }
}

const SUFFIX = '.checkpoint';

/**
 * What a job's checkpoint is called.
 *
 * @throws TypeError for an id that could lead out of its folder.
 */
export function checkpointName(jobId: string): string {
  checkJobId(jobId);
  return jobId + SUFFIX;
}

/** The job whose checkpoint is called so; undefined for a name that is none. */
export function jobOfCheckpoint(name: string): string | undefined {
  return name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : undefined;
}

/** What a task paints, as a hash: finished paintings and frames belong to it and no other. */
function fingerprint({ kind, options, content, styles, mask, init }: PaintTask): string {
  const painting = JSON.stringify({ kind, options, content, styles, mask, init });
  return createHash('sha256').update(painting).digest('hex');
}
