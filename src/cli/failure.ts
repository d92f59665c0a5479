import { CommanderError } from 'commander';
import { type ErrorCode, ImpastoError } from '../nst/errors.ts';
import { EXIT } from './interruption.ts';

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
  'unexpected',
  'weights-corrupt',
  'weights-missing',
]);

/** Tells on standard error what went wrong and what to do next, and ends the process. */
export function failWith(error: unknown): never {
  if (error instanceof ImpastoError) {
    process.stderr.write(`impasto: ${error.code}: ${error.message}\n${error.advice}\n`);
  } else if (!(error instanceof CommanderError)) {
    process.stderr.write(`impasto: unexpected: ${error instanceof Error ? error.stack : error}\n`);
  }
  // Whatever could not be stopped must not keep the process.
  process.exit(exitCode(error));
}

function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.badInput;
  if (!(error instanceof ImpastoError)) return EXIT.failure;
  if (error.code === 'aborted') return EXIT.interrupted;
  return FAILURES.has(error.code) ? EXIT.failure : EXIT.badInput;
}
