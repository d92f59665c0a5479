import PQueue from 'p-queue';
import { ImpastoError } from '../nst/errors.ts';
import { Child, type ChildOptions, ProcessLost } from './child.ts';

/** Something that answers requests of one kind: processes of their own, or this one. */
export interface Answering<Request, Answer> {
  /**
   * @throws ProcessLost when a process was lost over the request; ImpastoError `closed`, and what its handler threw
   */
  run(request: Request): Promise<Answer>;
  /** Ends all processes at once; requests that are under way fail. */
  close(): Promise<void>;
}

/** Options of {@link processPool}. */
export interface ProcessPoolOptions extends Omit<ChildOptions, 'onStderr'> {
  /** What the processes are for, in the log. */
  readonly name: string;
  /** Processes at most. */
  readonly size: number;
  /** A process without work is ended after this time, in milliseconds; default one minute. */
  readonly idleMs?: number;
  readonly log: PoolLog;
}

/** Where a pool writes what becomes of its processes; a pino logger fits. */
export interface PoolLog {
  debug(details: Record<string, unknown>, message: string): void;
  warn(details: Record<string, unknown>, message: string): void;
}

const IDLE_MS = 60_000;
/** A process that still has this share of what it may use after its answer is not given another request. */
const KEPT_SHARE = 0.25;

/**
 * A few processes that answer requests, one each at a time, in the order in which they come. They are started when
 * they are needed, and replaced when they have ended or had to be ended.
 */
export function processPool<Request, Answer>(options: ProcessPoolOptions): Answering<Request, Answer> {
  return new ProcessPool(options);
}

class ProcessPool<Request, Answer> implements Answering<Request, Answer> {
  readonly #options: ProcessPoolOptions;
  readonly #turns: PQueue;
  readonly #children = new Set<Child<Request, Answer>>();
  readonly #idle = new Map<Child<Request, Answer>, NodeJS.Timeout>();
  #closed = false;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
    this.#turns = new PQueue({ concurrency: options.size });
  }

  run(request: Request): Promise<Answer> {
    return this.#turns.add(() => this.#ask(request));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const child of this.#children) child.end();
    await Promise.all([...this.#children].map(({ ended }) => ended));
  }

  async #ask(request: Request): Promise<Answer> {
    if (this.#closed) throw closed();
    const { log, name } = this.#options;
    const child = this.#takeIdle() ?? this.#start();
    try {
      return await child.ask(request);
    } catch (error) {
      if (this.#closed) throw closed();
      if (error instanceof ProcessLost) {
        log.warn({ err: error, process: name, pid: child.pid, reason: error.reason }, 'a process was lost');
      }
      throw error;
    } finally {
      this.#giveBack(child);
    }
  }

  #start(): Child<Request, Answer> {
    const { log, name } = this.#options;
    const child: Child<Request, Answer> = new Child({
      ...this.#options,
      onStderr: (text) => log.debug({ process: name, pid: child.pid, text }, 'a process wrote'),
    });
    log.debug({ process: name, pid: child.pid }, 'a process was started');
    this.#children.add(child);
    void child.ended.then(() => {
      this.#children.delete(child);
      this.#unidle(child);
    });
    return child;
  }

  #takeIdle(): Child<Request, Answer> | undefined {
    const [child] = this.#idle.keys();
    if (child) this.#unidle(child);
    return child;
  }

  #unidle(child: Child<Request, Answer>): void {
    clearTimeout(this.#idle.get(child));
    this.#idle.delete(child);
  }

  #giveBack(child: Child<Request, Answer>): void {
    if (child.hasEnded) return;
    const { memoryLimit, idleMs = IDLE_MS } = this.#options;
    if (child.residentBytes > KEPT_SHARE * memoryLimit) child.end();
    else this.#idle.set(child, setTimeout(() => this.#endIdle(child), idleMs).unref());
  }

  /** From here on nobody is given it, though it takes a moment to end. */
  #endIdle(child: Child<Request, Answer>): void {
    this.#unidle(child);
    child.end();
  }
}

function closed(): ImpastoError {
  return new ImpastoError('closed', 'Impasto is stopping.', { advice: 'Try again when it runs again.' });
}
