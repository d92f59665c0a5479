import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const { IMPASTO_MODELS: folder = '' } = process.env;

/** The folder with the published weights, where the environment names one: tests that paint for real need them. */
export const models = existsSync(path.join(folder, 'vgg19')) ? folder : undefined;

/** Outcome of a run of the command line. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command line. */
export interface CliRun {
  readonly process: ChildProcess;
  readonly result: Promise<CliResult>;
  /** What it has written to standard error so far. */
  stderr(): string;
  /** The same of standard output. */
  stdout(): string;
  /** Settles when standard error holds the text. */
  printed(text: string): Promise<void>;
}

/** How to start the command line. */
export interface CliOptions {
  /** Shell commands to run before it in the same shell. */
  readonly shellPrefix?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `impasto` as it was built. The weights' source is unreachable, so that nothing is downloaded. */
export function startCli(args: readonly string[], options: CliOptions = {}): CliRun {
  const command = [process.execPath, path.join(root, 'dist', 'cli', 'main.js'), ...args];
  const env = {
    ...process.env,
    IMPASTO_MODELS: models ?? '',
    IMPASTO_MODELS_URL: 'http://127.0.0.1:9/',
    IMPASTO_THREADS: '1',
    IMPASTO_ENGINE: 'onnx-cpu',
    IMPASTO_STUDIO_PORT: '0',
    ...options.env,
  };
  const spawnOptions = { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] };
  const child = options.shellPrefix
    ? spawn('bash', ['-c', `${options.shellPrefix}; exec "$@"`, 'bash', ...command], spawnOptions)
    : spawn(command[0] as string, command.slice(1), spawnOptions);
  const output = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
    for (const check of waiting) check();
  });
  const result = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output }));
  });
  return {
    process: child,
    result,
    stderr: () => output.stderr,
    stdout: () => output.stdout,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (!output.stderr.includes(text)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
        result.then(() => reject(new Error(`It ended without “${text}”: ${output.stderr}`)), reject);
      }),
  };
}

/** Runs `impasto` to its end. */
export const runCli = (args: readonly string[], options?: CliOptions): Promise<CliResult> =>
  startCli(args, options).result;
