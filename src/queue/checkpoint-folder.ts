import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { orNone, replaceFile } from '../disk.ts';
import {
  type Checkpoints,
  checkpointName,
  decodeCheckpoint,
  encodeCheckpoint,
  jobOfCheckpoint,
} from './checkpoints.ts';

/** What has no checkpoint's name and is older than this belongs to no write that still goes on, in milliseconds. */
const STALE_MS = 3_600_000;

/** Checkpoints in a folder, which is made with the first. */
export function openCheckpointFolder(folder: string): Checkpoints {
  const fileOf = (jobId: string) => path.join(folder, checkpointName(jobId));
  return {
    async read(task) {
      const bytes = await readFile(fileOf(task.jobId)).catch(orNone(undefined));
      return bytes && decodeCheckpoint(task, bytes);
    },
    async write(task, checkpoint) {
      const file = fileOf(task.jobId);
      await mkdir(folder, { recursive: true });
      await replaceFile(file, encodeCheckpoint(task, checkpoint));
    },
    async remove(jobId) {
      await rm(fileOf(jobId), { force: true });
    },
    async keep(unfinished) {
      const names = await readdir(folder).catch(orNone([]));
      const jobs = await unfinished();
      const isIdle = async (name: string) => {
        const jobId = jobOfCheckpoint(name);
        if (jobId !== undefined) return !jobs.has(jobId);
        const found = await stat(path.join(folder, name)).catch(orNone(undefined));
        return found?.isFile() && Date.now() - found.mtimeMs > STALE_MS;
      };
      await Promise.all(
        names.map(async (name) => {
          if (await isIdle(name)) await rm(path.join(folder, name), { force: true });
        }),
      );
    },
  };
}
