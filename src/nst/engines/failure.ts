import { ImpastoError } from '../errors.ts';

/** What an engine throws when its runtime fails. Runtimes tell their failures apart only in words; a failed
 * allocation is the one worth knowing. */
export function engineFailure(cause: unknown): ImpastoError {
  if (/alloc|out of memory|\boom\b|resource exhausted|memory size exceeded/i.test(String(cause))) {
    return new ImpastoError('out-of-memory', 'There was not enough memory for a picture of this size.', {
      advice: 'Choose a smaller size, or the light layers.',
      cause,
    });
  }
  return new ImpastoError('engine-failed', 'The optimiser’s engine failed.', {
    advice: 'Try again; if it fails again, please report it with the log.',
    cause,
  });
}
