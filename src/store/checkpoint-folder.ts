import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Checkpoints } from '../core/checkpoints.ts';
import { orNone, replaceFile, writeError } from '../files/disk.ts';
import { checkpointName, decodeCheckpoint, encodeCheckpoint, jobOfCheckpoint } from './checkpoints.ts';

/** A file that is being written and is older than this belongs to no write that still goes on, in milliseconds. */
const STALE_MS = 3_600_000;

/**
 * Checkpoints in a folder, which is made with the first. A file that is being written has its job's checkpoint's name
 * with an ending of its own: a process that is killed leaves one, which goes with its job.
 */
export function openCheckpointFolder(folder: string): Checkpoints {
  const fileOf = (jobId: string) => path.join(folder, checkpointName(jobId));
  const names = () => readdir(folder).catch(orNone([]));
  const removeAll = (some: readonly string[]) =>
    Promise.all(some.map((name) => rm(path.join(folder, name), { force: true })));
  const isStale = async (name: string) => {
    const found = await stat(path.join(folder, name)).catch(orNone(undefined));
    return found !== undefined && Date.now() - found.mtimeMs > STALE_MS;
  };
  return {
    async read(task) {
      const bytes = await readFile(fileOf(task.jobId)).catch(orNone(undefined));
      return bytes && decodeCheckpoint(task, bytes);
    },
    async write(task, checkpoint) {
      const file = fileOf(task.jobId);
      try {
        await mkdir(folder, { recursive: true });
        await replaceFile(file, encodeCheckpoint(task, checkpoint), `${file}.${randomUUID()}`);
      } catch (cause) {
        throw writeError('checkpoints', cause);
      }
    },
    async remove(jobId) {
      const whole = checkpointName(jobId);
      await removeAll((await names()).filter((name) => name === whole || name.startsWith(`${whole}.`)));
    },
    async keep(unfinished) {
      const found = await names();
      const jobs = await unfinished();
      const idle: string[] = [];
      for (const name of found) {
        const [whole = '', partial] = name.split(/(?<=\.checkpoint)\./);
        const jobId = jobOfCheckpoint(whole);
        if (jobId === undefined) continue;
        if (!jobs.has(jobId) || (partial !== undefined && (await isStale(name)))) idle.push(name);
      }
      await removeAll(idle);
    },
  };
}
