import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '../../src/config.ts';
import type { Intake } from '../../src/intake/intake.ts';
import { decodingProcesses, openIntake } from '../../src/intake/open-intake.ts';
import { type ErrorCode, ImpastoError } from '../../src/nst/errors.ts';
import { type LossReason, ProcessLost } from '../../src/processes/child.ts';

/** What became of a file at the door. */
export interface Verdict {
  /** `accepted`, or the refusal's code. */
  readonly code: 'accepted' | ErrorCode;
  /** What the refusal says, or the cause of one that nobody foresaw. */
  readonly words: string;
  /** Why the process was lost over the file, where it was. */
  readonly lost?: LossReason;
  readonly milliseconds: number;
  /** Largest resident memory of the process meanwhile, in bytes; 0 where the system does not tell it. */
  readonly peakBytes: number;
}

/** A door with the intake's own processes behind it, which decode one file after the other. */
export interface IntakeTrial {
  try(bytes: Uint8Array): Promise<Verdict>;
  /** Processes that were started so far. */
  readonly started: number;
  /** Files that lie in the intake's folder. */
  left(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** @param variables - of the environment that Impasto reads. */
export async function openTrial(variables: Readonly<Record<string, string>> = {}): Promise<IntakeTrial> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-trial-'));
  const config = readConfig({ ...variables, IMPASTO_DATA: folder }, 'no.env');
  const pids: number[] = [];
  const log = {
    debug({ pid }: Record<string, unknown>, message: string) {
      if (message === 'a process was started') pids.push(pid as number);
    },
    warn() {},
  };
  const intake = await openIntake(config, log, decodingProcesses(config, log, ['--import', 'tsx']));
  return {
    async try(bytes) {
      const memory = watchMemory(() => pids.at(-1));
      await memory.begin();
      const start = performance.now();
      const verdict = await verdictOf(intake, bytes);
      const milliseconds = performance.now() - start;
      return { ...verdict, milliseconds, peakBytes: await memory.end() };
    },
    get started() {
      return pids.length;
    },
    left: () => readdir(config.intake.folder),
    async close() {
      await intake.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function verdictOf(
  intake: Intake,
  bytes: Uint8Array,
): Promise<Pick<Verdict, 'code' | 'words' | 'lost'>> {
  const source = {
    async *fetch() {
      yield bytes;
    },
  };
  try {
    const taken = await intake.take(source, { sender: 'somebody', longerSide: 4096 });
    await taken.discard();
    return { code: 'accepted', words: taken.notices.join(' ') };
  } catch (error) {
    if (!(error instanceof ImpastoError)) throw error;
    const { code, message, cause } = error;
    if (code === 'unexpected') return { code, words: String(cause) };
    return { code, words: message, ...(cause instanceof ProcessLost && { lost: cause.reason }) };
  }
}

/** Follows the largest resident memory of a process that may end, or be another, at any time. Linux alone tells it. */
function watchMemory(pidNow: () => number | undefined) {
  let peak = 0;
  const look = async () => {
    const status = await readFile(`/proc/${pidNow()}/status`, 'latin1').catch(() => '');
    peak = Math.max(peak, 1024 * Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0));
  };
  const timer = setInterval(() => void look(), 20);
  return {
    /** Forgets what the process has needed before. */
    begin: () => writeFile(`/proc/${pidNow()}/clear_refs`, '5').catch(() => {}),
    async end() {
      clearInterval(timer);
      await look();
      return peak;
    },
  };
}
