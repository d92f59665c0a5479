import type { Checkpoints } from '../../core/checkpoints.ts';
import { PAINTER_LOST, type Painter, type PaintHooks } from '../../core/painter.ts';
import type { Painted, PaintTask } from '../../core/task.ts';
import { stopIfAborted } from '../../nst/abort.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { closed } from '../errors.ts';
import type { FromPainter } from '../painting/protocol.ts';
import { oomKills } from './oom-killer.ts';
import { type ChildOptions, PainterChild } from './painter-child.ts';

/** Where a painter writes what becomes of its processes; a pino logger fits. */
export interface PainterLog {
  info(details: Record<string, unknown>, message: string): void;
  warn(details: Record<string, unknown>, message: string): void;
}

/** Options of {@link processPainter}. */
export interface ProcessPainterOptions extends Pick<ChildOptions, 'entry' | 'args' | 'execArgv' | 'env'> {
  /** Where the process leaves its checkpoints. */
  readonly checkpoints: Pick<Checkpoints, 'remove'>;
  /** A process that paints and is not heard of for this long, in milliseconds, is ended. */
  readonly stuckAfterMs: number;
  /** A process that was asked to stop is ended after this time, in milliseconds. */
  readonly stopWithinMs: number;
  /**
   * Arguments in place of `args` for {@link AVOID_MS} after a process has crashed or hung: they avoid what may have
   * been the cause. Default `args`.
   */
  readonly cautiousArgs?: readonly string[];
  readonly log: PainterLog;
  /** How many processes the system has killed for want of memory so far; default as Linux tells. */
  readonly oomKills?: () => Promise<number>;
}

/**
 * A painter in a process of its own, which cannot take this one down with it. The process starts with the first
 * task, is used for further ones, and is replaced when it has ended.
 */
export function processPainter(options: ProcessPainterOptions): Painter {
  return new ProcessPainter(options);
}

/** How long the cause of a crash is avoided, in milliseconds. */
export const AVOID_MS = 3_600_000;

interface Work {
  readonly task: PaintTask;
  readonly hooks: PaintHooks;
  readonly resolve: (painted: Painted) => void;
  readonly reject: (error: ImpastoError) => void;
}

class ProcessPainter implements Painter {
  readonly #options: ProcessPainterOptions;
  #child: PainterChild | undefined;
  /** Whether the process has said that it can be given tasks. */
  #ready = false;
  #work: Work | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #closed = false;
  /** When a process last crashed or hung that had not been started with caution. */
  #crashedAt = Number.NEGATIVE_INFINITY;
  /** Whether the process was started with caution. */
  #cautious = false;

  constructor(options: ProcessPainterOptions) {
    this.#options = options;
  }

  async paint(task: PaintTask, hooks: PaintHooks): Promise<Painted> {
    const { signal } = hooks;
    stopIfAborted(signal);
    if (this.#closed) throw closed();
    if (this.#work) throw new Error('A painter paints one task at a time');
    let deadline: NodeJS.Timeout | undefined;
    const stop = () => {
      this.#child?.send({ type: 'stop' });
      deadline = setTimeout(() => this.#child?.kill(stopped()), this.#options.stopWithinMs);
    };
    signal.addEventListener('abort', stop);
    try {
      return await new Promise((resolve, reject) => {
        this.#work = { task, hooks, resolve, reject };
        this.#watch();
        if (this.#cautious && !this.#mustBeCautious()) this.#retire();
        if (!this.#child) this.#child = this.#start();
        else if (this.#ready) this.#child.send({ type: 'paint', task });
      });
    } finally {
      this.#work = undefined;
      signal.removeEventListener('abort', stop);
      clearTimeout(deadline);
      clearTimeout(this.#watchdog);
    }
  }

  forget(jobId: string): Promise<void> {
    return this.#options.checkpoints.remove(jobId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#child) await this.#end(this.#child);
  }

  #start(): PainterChild {
    const { log, oomKills: count = oomKills, cautiousArgs, ...options } = this.#options;
    this.#ready = false;
    this.#cautious = cautiousArgs !== undefined && this.#mustBeCautious();
    const child: PainterChild = new PainterChild({
      ...options,
      ...(this.#cautious && { args: cautiousArgs }),
      oomKills: count,
      onStderr: (line) => log.warn({ pid: child.pid, line }, 'a painting process says'),
      onMessage: (message) => {
        if (child === this.#child) this.#receive(message);
      },
    });
    log.info({ pid: child.pid }, 'a painting process has started');
    void child.ended.then((reason) => {
      // It had been replaced, and nothing is asked of it.
      if (child !== this.#child) return;
      this.#child = undefined;
      if (!this.#cautious && PAINTER_LOST.includes(reason.code)) this.#crashedAt = performance.now();
      if (!this.#closed) log.warn({ pid: child.pid, err: reason }, 'a painting process has ended');
      this.#work?.reject(this.#closed || this.#work.hooks.signal.aborted ? stopped() : reason);
    });
    return child;
  }

  #mustBeCautious(): boolean {
    return performance.now() - this.#crashedAt < AVOID_MS;
  }

  /** Lets the process end; the next task starts another. */
  #retire(): void {
    const child = this.#child;
    this.#child = undefined;
    if (child) void this.#end(child);
  }

  /** Asks a process to end, and ends it where it does not. */
  async #end(child: PainterChild): Promise<void> {
    child.send({ type: 'close' });
    const deadline = setTimeout(() => child.kill(stopped()), this.#options.stopWithinMs);
    await child.ended;
    clearTimeout(deadline);
  }

  #receive(message: FromPainter): void {
    if (message.type === 'ready') this.#ready = true;
    if (!this.#work) return;
    this.#watch();
    const { task, hooks, resolve, reject } = this.#work;
    switch (message.type) {
      case 'ready':
        if (hooks.signal.aborted) reject(stopped());
        else this.#child?.send({ type: 'paint', task });
        break;
      case 'active':
        break;
      case 'progress':
        hooks.onProgress(message.progress);
        break;
      case 'painted':
        if (message.retire) this.#retire();
        resolve(message.painted);
        break;
      case 'failed': {
        if (message.retire) this.#retire();
        const { code, message: text, advice } = message.failure;
        reject(new ImpastoError(code, text, { advice, cause: new Error(message.detail) }));
      }
    }
  }

  /** Gives the process until the next message to show that it is not stuck. */
  #watch(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#child?.kill(stuck()), this.#options.stuckAfterMs);
  }
}

function stopped(): ImpastoError {
  return new ImpastoError('aborted', 'The painting was stopped.', { advice: 'Start it again.' });
}

function stuck(): ImpastoError {
  return new ImpastoError('painter-stuck', 'The painting process gave no sign of life for too long.', {
    advice: 'Try again, or choose a smaller size.',
  });
}
