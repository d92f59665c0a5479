import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, ImpastoError } from '../nst/errors.ts';
import { withoutEnvFiles } from './environment.ts';
import { fromProcess, type ProcessArguments, TOO_MUCH_MEMORY } from './protocol.ts';

/** Why a process was lost: over a request, or already at its start. */
export type LossReason = 'time' | 'memory' | 'crash' | 'start';

/** A process that was lost in the middle of a request, or could not be started. */
export class ProcessLost extends Error {
  readonly reason: LossReason;

  constructor(reason: LossReason, message: string) {
    super(message);
    this.name = 'ProcessLost';
    this.reason = reason;
  }
}

/** How to start a process, and what it may use. */
export interface ChildOptions {
  /** The module that it runs, which has to call serveRequests(). */
  readonly entry: URL;
  /** Options of Node.js for it; default those of this process, but for files of variables. */
  readonly execArgv?: readonly string[] | undefined;
  /** Its whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Time from a request to its answer, in milliseconds; a process that needs longer is ended. */
  readonly timeLimitMs: number;
  /** Resident memory at which a process is ended, in bytes. */
  readonly memoryLimit: number;
  /** Gets the beginning of what the process writes to standard error at once; anybody may have written it. */
  readonly onStderr: (text: string) => void;
}

/** A process may take so long to start, in milliseconds, on a machine under load. */
const START_LIMIT_MS = 60_000;
const STDERR_LENGTH = 500;

interface Pending<Answer> {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** A process that answers requests, one at a time, from its start to its end. */
export class Child<Request, Answer> {
  readonly #process: ChildProcess;
  readonly #options: ChildOptions;
  readonly #ready: Promise<void>;
  #setReady = () => {};
  #isReady = false;
  #hasEnded = false;
  #pending: Pending<Answer> | undefined;
  #killedFor: LossReason | undefined;
  #residentBytes = 0;
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;

  constructor(options: ChildOptions) {
    const { entry, execArgv = withoutEnvFiles(process.execArgv), env, memoryLimit, onStderr } = options;
    this.#options = options;
    const told: ProcessArguments = { memoryLimit };
    this.#process = fork(fileURLToPath(entry), [JSON.stringify(told)], {
      execArgv: [...execArgv],
      env,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let lastWords = '';
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = text.slice(-STDERR_LENGTH);
      onStderr(text.slice(0, STDERR_LENGTH));
    });
    this.#ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
    this.#process.on('message', (message) => this.#take(message));
    this.ended = new Promise((resolve) => {
      const end = (reason: LossReason, message: string) => {
        this.#hasEnded = true;
        const lost = this.#isReady ? (this.#killedFor ?? reason) : 'start';
        this.#pending?.reject(
          new ProcessLost(lost, lastWords ? `${message} Its last words: ${lastWords}` : message),
        );
        resolve();
      };
      this.#process.on('close', (code, signal) => {
        // A SIGKILL that did not come from here is the system's, for want of memory.
        const memory = signal === TOO_MUCH_MEMORY || signal === 'SIGKILL';
        end(memory ? 'memory' : 'crash', `The process ended by ${signal ?? `exit code ${code}`}.`);
      });
      this.#process.on('error', (error) => {
        if (this.#process.pid === undefined)
          end('crash', `The process could not be started: ${error.message}`);
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Resident memory after the latest answer, in bytes. */
  get residentBytes(): number {
    return this.#residentBytes;
  }

  /** @throws ProcessLost; ImpastoError with what the process answered in place of an answer */
  async ask(request: Request): Promise<Answer> {
    let deadline = setTimeout(() => this.#kill('start'), START_LIMIT_MS);
    try {
      return await new Promise<Answer>((resolve, reject) => {
        this.#pending = { resolve, reject };
        if (this.#hasEnded) reject(new ProcessLost('crash', 'The process has ended.'));
        void this.#ready.then(() => {
          clearTimeout(deadline);
          deadline = setTimeout(() => this.#kill('time'), this.#options.timeLimitMs);
          // One that has ended meanwhile is told by its end.
          if (this.#process.connected) this.#process.send(request as object, () => {});
        });
      });
    } finally {
      clearTimeout(deadline);
      this.#pending = undefined;
    }
  }

  /** Ends the process at once. */
  end(): void {
    this.#process.kill('SIGKILL');
  }

  #kill(reason: LossReason): void {
    this.#killedFor = reason;
    this.end();
  }

  #take(received: unknown): void {
    // One that is about to end is not given another request for what it says last.
    if (this.#killedFor) return;
    const { success, data: message } = fromProcess.safeParse(received);
    if (!success) {
      this.#kill('crash');
      return;
    }
    if (message.type === 'ready') {
      this.#isReady = true;
      this.#setReady();
      return;
    }
    this.#residentBytes = message.residentBytes;
    if (message.type === 'answer') {
      this.#pending?.resolve(message.answer as Answer);
      return;
    }
    const { code, message: words, advice } = message.failure;
    const cause = new Error(message.detail);
    this.#pending?.reject(new ImpastoError(code as ErrorCode, words, { advice, cause }));
  }
}
