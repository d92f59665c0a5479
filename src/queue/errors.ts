import { ImpastoError } from '../nst/errors.ts';

// What every queue says in the same words.

/** A queue or painter that is being closed takes nothing more. */
export function closed(): ImpastoError {
  return new ImpastoError('closed', 'Impasto is being stopped.', { advice: 'Try again in a moment.' });
}

/** @param startsInMs - when the waiting job that is next starts, in milliseconds */
export function queueFull(waiting: number, startsInMs: number): ImpastoError {
  const minutes = Math.ceil(startsInMs / 60_000);
  const later = minutes <= 1 ? 'a minute' : `${minutes} minutes`;
  return new ImpastoError('queue-full', `${waiting} paintings are waiting; no more are taken.`, {
    advice: `Try again in about ${later}.`,
  });
}

/** The machine or process that painted a job is not there any more. */
export function painterLost(): ImpastoError {
  return new ImpastoError('painter-crashed', 'The machine that painted it was lost.', {
    advice: 'Try again, or choose a smaller size.',
  });
}

/** A queue that is being opened on a server which refuses what it needs, or has gone again. */
export function queueRefused(cause: unknown): ImpastoError {
  if (cause instanceof ImpastoError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ImpastoError('queue-failed', `The queue cannot be opened on this Redis: ${reason}`, {
    advice:
      'It has to be 6.2 or newer, and let the user of IMPASTO_REDIS_URL use all commands, keys and channels.',
    cause,
  });
}

/** The server that the queue is kept on does not answer. */
export function queueAway(cause?: unknown): ImpastoError {
  return new ImpastoError('queue-failed', 'The queue cannot be reached.', {
    advice: 'Try again in a minute; what was accepted is not lost.',
    cause,
  });
}
