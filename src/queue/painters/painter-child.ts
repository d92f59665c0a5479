import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ImpastoError } from '../../nst/errors.ts';
import { withoutEnvFiles, withoutSecrets } from '../../processes/environment.ts';
import type { FromPainter, ToPainter } from '../painting/protocol.ts';

/** How to start a painting process. */
export interface ChildOptions {
  /** The module that it runs, which has to call serve(). */
  readonly entry: URL;
  /** Arguments for that module. */
  readonly args?: readonly string[];
  /** Options of Node.js for it; default those of this process, without files of variables. */
  readonly execArgv?: readonly string[];
  /** Its environment; default that of this process, without secrets. */
  readonly env?: NodeJS.ProcessEnv;
  /** Gets what the process writes to standard error, a line at a time. */
  readonly onStderr: (line: string) => void;
  readonly onMessage: (message: FromPainter) => void;
  /** How many processes the system has killed for want of memory so far. */
  readonly oomKills: () => Promise<number>;
}

/** Standard error is kept up to this length, to be the cause of an error. */
const TAIL_LENGTH = 4000;

/** A painting process, from its start to its end. */
export class PainterChild {
  readonly #process: ChildProcess;
  readonly #oomKills: () => Promise<number>;
  readonly #oomKillsBefore: Promise<number>;
  #tail = '';
  #killedFor: ImpastoError | undefined;
  /** Settles with the reason when the process has ended, and nothing more is to be heard of it. */
  readonly ended: Promise<ImpastoError>;

  constructor({
    entry,
    args = [],
    execArgv = withoutEnvFiles(process.execArgv),
    env = withoutSecrets(process.env),
    onStderr,
    onMessage,
    oomKills,
  }: ChildOptions) {
    this.#oomKills = oomKills;
    this.#oomKillsBefore = oomKills();
    this.#process = fork(fileURLToPath(entry), args, {
      execArgv: [...execArgv],
      env,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const { stderr } = this.#process;
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#tail = (this.#tail + text).slice(-TAIL_LENGTH);
    });
    if (stderr) createInterface({ input: stderr }).on('line', onStderr);
    this.#process.on('message', onMessage);
    this.ended = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => resolve(this.#reason(code, signal)));
      this.#process.on('error', (cause) => {
        if (this.#process.pid === undefined) resolve(crashed('could not be started', cause));
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Sends a message; one to a process that is about to end is dropped. */
  send(message: ToPainter): void {
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  /** Ends the process at once, for a reason. */
  kill(reason: ImpastoError): void {
    this.#killedFor = reason;
    this.#process.kill('SIGKILL');
  }

  async #reason(code: number | null, signal: NodeJS.Signals | null): Promise<ImpastoError> {
    if (this.#killedFor) return this.#killedFor;
    const cause = this.#tail === '' ? undefined : new Error(`Its last words: ${this.#tail}`);
    const aborted = signal === 'SIGABRT' || code === 134;
    const killed = signal === 'SIGKILL' && (await this.#oomKills()) > (await this.#oomKillsBefore);
    if (killed || (aborted && /heap out of memory|bad_alloc/.test(this.#tail))) {
      return new ImpastoError('out-of-memory', 'There was not enough memory for a picture of this size.', {
        advice: 'Choose a smaller size, or the light layers.',
        cause,
      });
    }
    return crashed(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`, cause);
  }
}

/** The error for a painting process that ended by itself, or did not begin. */
export function crashed(how: string, cause: unknown): ImpastoError {
  return new ImpastoError('painter-crashed', `The painting process ${how}.`, {
    advice: 'Try again, or choose a smaller size; whoever runs this bot finds the cause in its log.',
    cause,
  });
}
