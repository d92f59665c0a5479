import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { Logger } from '../ops/log.ts';
import type { Interruption } from './interruption.ts';

/** What runs until it is told to stop: the bot, or a worker. */
export type ServiceName = 'start' | 'worker';

/** Options of {@link supervise}. */
export interface SuperviseOptions {
  readonly name: ServiceName;
  /** Time that the service takes for a graceful stop at most, in milliseconds. */
  readonly stopMs: number;
  readonly interruption: Interruption;
  readonly log: Pick<Logger, 'warn'>;
  /** The module that the process runs; default service.ts. */
  readonly entry?: URL;
}

/** A service that has not ended so long after its graceful stop had to, in milliseconds, does not end by itself. */
const LAST_RESORT_MS = 1000;

/** Makes the command that runs a service. */
export function superviseCommand(description: string, options: SuperviseOptions): Command {
  return new Command(options.name)
    .description(description)
    .action(async () => process.exit(await supervise(options)));
}

/**
 * Runs a service in a process of its own, and sees to it that it ends when it is told to, with every process that it has
 * started: native code that never returns keeps a process from ending by itself, and a busy one hears of no signal.
 * This one does nothing else, and so always hears of it.
 *
 * @returns the exit code; 0 where the service had to be killed in the end.
 */
export async function supervise(options: SuperviseOptions): Promise<number> {
  const { name, stopMs, interruption, log, entry = serviceEntry() } = options;
  // A group of its own: it can be killed with all that belongs to it, and Ctrl-C is this process's to pass on.
  const service = fork(fileURLToPath(entry), [name], {
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const { signal } = interruption;
  let deadline: NodeJS.Timeout | undefined;
  const stop = () => {
    if (service.connected) service.send('stop', () => {});
    const afterMs = stopMs + LAST_RESORT_MS;
    deadline = setTimeout(() => {
      log.warn(
        { afterMs },
        'what does not stop by itself is killed; what is unfinished goes on after the next start',
      );
      killWithGroup(service);
    }, afterMs);
  };
  interruption.beforeEnd(() => killWithGroup(service));
  const ended = once(service, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop);
  const [code, killedBy] = await ended;
  clearTimeout(deadline);
  // Painters that native code keeps from noticing that the service has ended.
  killWithGroup(service);
  if (code !== null) return code;
  return signal.aborted || killedBy === null ? 0 : 128 + os.constants.signals[killedBy];
}

function killWithGroup(service: ChildProcess): void {
  try {
    if (service.pid !== undefined) process.kill(-service.pid, 'SIGKILL');
  } catch {
    // It is gone, or this system knows no groups.
    service.kill('SIGKILL');
  }
}

/** Beside this module, in the same form: as it was written, or built. */
function serviceEntry(): URL {
  return new URL(`./service${path.extname(import.meta.url)}`, import.meta.url);
}
