import { ImpastoError } from './errors.ts';

/** @throws ImpastoError `aborted` when the signal has been aborted; its reason is the cause. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new ImpastoError('aborted', 'The work was stopped.', {
    advice: 'Start it again: what has been downloaded is kept, and a checkpoint can be resumed.',
    cause: signal.reason,
  });
}
