import { ImpastoError } from '../nst/errors.ts';
import type { ProcessLost } from '../processes/child.ts';

export function tooManyBytes(maxBytes: number): ImpastoError {
  return new ImpastoError('picture-too-large', `It has more than ${Math.round(maxBytes / 1e6)} MB.`, {
    advice: 'Use a smaller one.',
  });
}

export function notFetched(cause: unknown): ImpastoError {
  return new ImpastoError('download-failed', 'It could not be fetched.', {
    advice: 'Try again, with the picture attached anew.',
    cause,
  });
}

/** A process that was lost over a picture, as its sender is told; one that never began is not the picture's fault. */
export function lost(cause: ProcessLost, timeLimitMs: number): ImpastoError {
  const advice = 'Save it anew, as a JPEG or PNG of ordinary size, and send that.';
  switch (cause.reason) {
    case 'time':
      return new ImpastoError(
        'picture-undecodable',
        `It takes longer than ${timeLimitMs / 1000} s to be decoded.`,
        { advice, cause },
      );
    case 'memory':
      return new ImpastoError('picture-undecodable', 'It takes too much memory to be decoded.', {
        advice,
        cause,
      });
    case 'crash':
      return new ImpastoError('picture-undecodable', 'It is damaged in a way that stops its decoder.', {
        advice,
        cause,
      });
    case 'start':
      return new ImpastoError('process-failed', 'Pictures cannot be decoded at the moment.', {
        advice: 'Try again in a minute; whoever runs this bot finds the cause in its log.',
        cause,
      });
  }
}
