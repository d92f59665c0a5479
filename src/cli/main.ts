#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { readConfig } from '../config.ts';
import { type ErrorCode, ImpastoError } from '../nst/errors.ts';

/** Failures of the machine or of its surroundings; every other error is the caller's to mend. */
const FAILURES: ReadonlySet<ErrorCode> = new Set([
  'closed',
  'download-failed',
  'engine-failed',
  'engine-missing',
  'out-of-memory',
  'platform-failed',
  'platform-refused',
  'queue-failed',
  'store-failed',
  'weights-corrupt',
  'weights-missing',
]);
const EXIT = { failure: 1, badInput: 2, interrupted: 130 } as const;

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** Aborted by the first Ctrl-C; the second ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort();
    process.once('SIGINT', () => process.exit(EXIT.interrupted));
  });
  process.once('SIGTERM', () => controller.abort());
  return controller.signal;
}

async function main(): Promise<void> {
  const config = readConfig();
  const { stdout, stderr } = process;
  const signal = interruption();
  const program = new Command('impasto')
    .description('Repaints a photograph in the style of a painting.')
    .version(version)
    .exitOverride();
  // Each is loaded when it is called, or all to be listed: a bot's libraries take longer to load than a draft to paint.
  const commands: Readonly<Record<string, () => Promise<Command>>> = {
    start: async () => (await import('./start.ts')).startCommand({ config, signal, stdout, version }),
    worker: async () => (await import('./worker.ts')).workerCommand({ config, signal }),
    async doctor() {
      const [{ doctorCommand }, { checkMachine }] = await Promise.all([
        import('./doctor.ts'),
        import('./machine.ts'),
      ]);
      return doctorCommand({ config, machine: checkMachine(config, signal), stdout });
    },
    register: async () => (await import('./register.ts')).registerCommand({ config, stdout }),
    stylize: async () =>
      (await import('./stylize.ts')).stylizeCommand({ config, signal, stdout, stderr, version }),
    models: async () =>
      (await import('./models.ts')).modelsCommand({
        modelsFolder: config.modelsFolder,
        cacheFolder: config.cacheFolder,
        source: config.modelsUrl,
        signal,
        stdout,
        stderr,
      }),
  };
  const [called = ''] = process.argv.slice(2);
  const wanted = Object.hasOwn(commands, called) ? [called] : Object.keys(commands);
  for (const name of wanted) {
    const command = (await commands[name]?.()) as Command;
    for (const each of [command, ...command.commands]) each.exitOverride();
    program.addCommand(command);
  }
  program.addHelpText(
    'after',
    '\nExit codes: 0 done · 1 a failure of the machine or the network · 2 bad input or output · 130 interrupted',
  );
  await program.parseAsync();
}

function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.badInput;
  if (!(error instanceof ImpastoError)) return EXIT.failure;
  if (error.code === 'aborted') return EXIT.interrupted;
  return FAILURES.has(error.code) ? EXIT.failure : EXIT.badInput;
}

try {
  await main();
} catch (error) {
  if (error instanceof ImpastoError) {
    process.stderr.write(`impasto: ${error.code}: ${error.message}\n${error.advice}\n`);
  } else if (!(error instanceof CommanderError)) {
    process.stderr.write(`impasto: unexpected: ${error instanceof Error ? error.stack : error}\n`);
  }
  // Whatever could not be stopped must not keep the process.
  process.exit(exitCode(error));
}
