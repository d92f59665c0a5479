import { mkdir, open, rm, statfs } from 'node:fs/promises';
import { isDiskFull, temporaryIn } from '../files/disk.ts';

/** Looks at one thing; tells what is wrong with it, in a sentence that anyone may read. */
export type HealthCheck = () => string | undefined | Promise<string | undefined>;

/** What is wrong, a sentence for each thing. One that cannot even be looked at is wrong in the end: it throws. */
export async function problemsOf(checks: readonly HealthCheck[]): Promise<string[]> {
  const found = await Promise.all(checks.map((check) => check()));
  return found.filter((problem) => problem !== undefined);
}

/** A look at what should answer: how it does not is for the log. */
export function answers(ask: () => Promise<unknown>, problem: string): HealthCheck {
  return () =>
    ask().then(
      () => undefined,
      () => problem,
    );
}

/** Less room than this, in bytes, counts as none: it is that of one large picture. */
const LEAST_FREE = 50e6;
/** What was found holds for so long, in milliseconds: however often health is asked, the disk is not kept busy. */
const HOLDS_MS = 5000;

/**
 * A look at a folder that is written to: a file of a few bytes has to reach the disk, and there has to be some room.
 *
 * @param kept - what is kept there, as a message calls it.
 * @param freeOn - tells how many bytes are free where a folder is; default as the system tells.
 */
export function folderCheck(kept: string, folder: string, freeOn = freeBytes): HealthCheck {
  let latest: Promise<string | undefined> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const look = async () => {
    try {
      await writeSomething(folder);
      return (await freeOn(folder)) < LEAST_FREE ? `The disk with ${kept} is full.` : undefined;
    } catch (error) {
      if (isDiskFull(error)) return `The disk with ${kept} is full.`;
      return `The folder of ${kept} cannot be written to.`;
    }
  };
  return () => {
    if (latest === undefined || performance.now() - lookedAt > HOLDS_MS) {
      lookedAt = performance.now();
      latest = look();
    }
    return latest;
  };
}

async function writeSomething(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = temporaryIn(folder);
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile('well');
      await handle.sync();
    } finally {
      await handle.close();
    }
  } finally {
    await rm(file, { force: true });
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
