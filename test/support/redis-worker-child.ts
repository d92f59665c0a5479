import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Painted } from '../../src/core/task.ts';
import type { FromWorkerProcess, ToWorkerProcess, WorkerProcessOptions } from './redis-worker-process.ts';

const SCRIPT = fileURLToPath(new URL('./redis-worker-process.ts', import.meta.url));

/** A worker in a process of its own. */
export class WorkerChild {
  readonly #child: ChildProcess;
  readonly #said: FromWorkerProcess[] = [];

  private constructor(options: WorkerProcessOptions) {
    this.#child = fork(SCRIPT, [JSON.stringify(options)], { execArgv: ['--import', 'tsx'] });
    this.#child.on('message', (message: FromWorkerProcess) => this.#said.push(message));
  }

  /** Returns when it takes jobs. */
  static async start(options: WorkerProcessOptions): Promise<WorkerChild> {
    const child = new WorkerChild(options);
    await child.#hear(({ type }) => type === 'ready');
    return child;
  }

  /** Settles when it paints a job. */
  async paints(jobId: string): Promise<void> {
    await this.#hear((message) => message.type === 'painting' && message.jobId === jobId);
  }

  finish(jobId: string, painted: Painted): void {
    this.#child.send({ type: 'finish', jobId, painted } satisfies ToWorkerProcess);
  }

  /** Closes the worker, gracefully. */
  async close(): Promise<void> {
    this.#child.send({ type: 'close' } satisfies ToWorkerProcess);
    await this.#hear(({ type }) => type === 'closed');
  }

  /** Stops the process as it is, or lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async #hear(isIt: (message: FromWorkerProcess) => boolean): Promise<void> {
    if (this.#said.some(isIt)) return;
    for await (const [message] of on(this.#child, 'message')) if (isIt(message)) return;
  }
}
