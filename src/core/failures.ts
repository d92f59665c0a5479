import { type ErrorCode, ImpastoError } from '../nst/errors.ts';

/** What may be told of an error in a chat or kept with a job: no stack, no cause. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly advice: string;
}

/** Reduces any error to what may be told. An error that nobody foresaw keeps its words to itself: they may name paths. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ImpastoError) {
    const { code, message, advice } = error;
    return { code, message, advice };
  }
  return {
    code: 'unexpected',
    message: 'Something went wrong that should not have.',
    advice: 'Try again; if it fails again, tell whoever runs this bot to look into its log.',
  };
}
