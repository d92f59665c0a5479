import { fork } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stopIfAborted } from '../nst/abort.ts';
import type { EngineKind } from '../nst/engines/kinds.ts';
import { withoutEnvFiles, withoutSecrets } from '../processes/environment.ts';
import type { ProbeMessage, ProbeRequest } from './probe-child.ts';

/** What became of trying an engine. */
export interface Probe {
  readonly kind: EngineKind;
  /** How many times as fast as the CPU it is; missing where it cannot be used. 1 for the CPU itself. */
  readonly speed?: number;
  /** Why it cannot be used, in a sentence, and what may mend that. */
  readonly failure?: { readonly message: string; readonly advice: string };
  /**
   * How long that failure counts, in milliseconds, where it may say nothing of the engine: a machine under load may be
   * too slow for a moment, and who ends a process need not be its driver.
   */
  readonly holdsMs?: number;
  /** What was written meanwhile and the error in full, for the log and for {@link diagnose}. */
  readonly detail: string;
  /** Milliseconds of an evaluation of the network in use, by the side of the square; as many as there was time for. */
  readonly measured: readonly { readonly network: string; readonly side: number; readonly ms: number }[];
}

/** Options of {@link probeEngine}. */
export interface ProbeOptions extends Omit<ProbeRequest, 'kind'> {
  /** The process is ended after this time, in milliseconds from its start; default 60 000. */
  readonly timeoutMs?: number;
  /** Ends the trial. */
  readonly signal?: AbortSignal | undefined;
  /** The module that the process runs. */
  readonly entry?: URL;
  /** Options of Node.js for it; default those of this process, without files of variables. */
  readonly execArgv?: readonly string[];
  /** Its environment; default that of this process, without secrets. */
  readonly env?: NodeJS.ProcessEnv;
}

const DEFAULTS = {
  timeoutMs: 60_000,
  // Beside this module, in the same form: as it was written, or built.
  entry: new URL(`./probe-child${path.extname(import.meta.url)}`, import.meta.url),
} as const;
const DETAIL_LENGTH = 4000;
/** A failure for lack of time counts for so long: a driver that hangs does not delay each start. */
const LATE_HOLDS_MS = 3_600_000;
/** Sent from outside, by people, the system or its service manager; a crash has others. */
const FROM_OUTSIDE: readonly string[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'];

/**
 * Tries an engine in a process of its own, beside the CPU. Never rejects for what the engine does.
 *
 * @throws ImpastoError `aborted` when the signal is aborted; the process has ended then.
 */
export async function probeEngine(kind: EngineKind, options: ProbeOptions): Promise<Probe> {
  const {
    timeoutMs,
    signal,
    entry,
    execArgv = withoutEnvFiles(process.execArgv),
    env = withoutSecrets(process.env),
    ...rest
  } = { ...DEFAULTS, ...options };
  const request: ProbeRequest = { ...rest, kind };
  stopIfAborted(signal);
  const child = fork(fileURLToPath(entry), [JSON.stringify(request)], {
    execArgv: [...execArgv],
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let detail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    detail = (detail + text).slice(-DETAIL_LENGTH);
  });
  const messages: ProbeMessage[] = [];
  child.on('message', (message: ProbeMessage) => void messages.push(message));
  let late = false;
  // A driver that hangs hears of nothing else.
  const end = () => void child.kill('SIGKILL');
  const deadline = setTimeout(() => {
    late = true;
    end();
  }, timeoutMs);
  signal?.addEventListener('abort', end);
  process.once('exit', end);
  const how = await new Promise<string>((resolve) => {
    child.on('close', (code, name) => resolve(name ?? `exit code ${code}`));
    child.on('error', (error) => resolve(error.message));
  });
  clearTimeout(deadline);
  signal?.removeEventListener('abort', end);
  process.off('exit', end);
  stopIfAborted(signal);

  const told = <Type extends ProbeMessage['type']>(type: Type) =>
    messages.filter((message): message is ProbeMessage & { type: Type } => message.type === type);
  const speed = kind === 'onnx-cpu' ? 1 : told('speed')[0]?.speed;
  const measured = told('measured').map(({ network, side, ms }) => ({ network, side, ms }));
  const failed = told('failed')[0];
  if (failed) {
    const { message, advice } = failed;
    return { kind, failure: { message, advice }, detail: `${detail}${failed.detail}`, measured };
  }
  if (speed !== undefined) return { kind, speed, detail, measured };
  if (!late && FROM_OUTSIDE.includes(how)) {
    const message = `The process that tried it was ended from outside (${how}).`;
    return { kind, failure: { message, advice: 'Start again.' }, holdsMs: 0, detail, measured };
  }
  const message = late
    ? `It gave no result within ${timeoutMs / 1000} s.`
    : `The process that tried it was lost (${how}): its driver crashed.`;
  const advice = 'Update the driver of the GPU.';
  return {
    kind,
    failure: { message, advice },
    ...(late ? { holdsMs: LATE_HOLDS_MS } : {}),
    detail,
    measured,
  };
}
