/**
 * Every way in which Impasto can refuse or fail. Code that reacts to an error looks at its code, never at its
 * text.
 */
export type ErrorCode =
  // what nobody foresaw: a defect
  | 'unexpected'
  // pictures
  | 'missing-file'
  | 'is-a-folder'
  | 'not-readable'
  | 'empty-picture'
  | 'not-a-picture'
  | 'unsupported-picture'
  | 'truncated-picture'
  | 'picture-too-large'
  | 'picture-too-small'
  | 'picture-too-long'
  | 'picture-too-narrow'
  | 'too-many-pixels'
  | 'too-many-frames'
  | 'too-many-pages'
  | 'decoding-too-large'
  | 'picture-undecodable'
  | 'process-failed'
  // output
  | 'unsupported-format'
  | 'not-writable'
  | 'disk-full'
  // settings
  | 'bad-setting'
  | 'unknown-layer'
  | 'bad-checkpoint'
  // weights
  | 'weights-missing'
  | 'weights-corrupt'
  | 'download-failed'
  // painting
  | 'out-of-memory'
  | 'engine-failed'
  | 'engine-missing'
  | 'aborted'
  // queue
  | 'queue-full'
  | 'closed'
  | 'queue-failed'
  | 'painter-crashed'
  | 'painter-stuck'
  // store
  | 'store-failed'
  | 'picture-gone'
  | 'picture-damaged'
  | 'already-exists'
  // chat
  | 'not-allowed'
  | 'over-limit'
  | 'unknown-command'
  | 'unknown-style'
  | 'unknown-job'
  | 'unknown-user'
  | 'too-many-pictures'
  | 'message-gone'
  | 'too-many-edits'
  | 'upload-too-large'
  | 'platform-refused'
  | 'platform-failed';

/** Options of an {@link ImpastoError}. */
export interface ImpastoErrorOptions {
  /** What the reader can do next, as a sentence. */
  advice: string;
  /** The underlying error, kept for logs; never shown in a chat. */
  cause?: unknown;
}

/** An error with a code for programs, a message that says what went wrong, and advice on what to do next. */
export class ImpastoError extends Error {
  readonly code: ErrorCode;
  readonly advice: string;

  constructor(code: ErrorCode, message: string, { advice, cause }: ImpastoErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ImpastoError';
    this.code = code;
    this.advice = advice;
  }
}

/** The same error, whose message begins with which of several pictures or files it is about; others as they are. */
export function about(error: unknown, subject: string): unknown {
  if (!(error instanceof ImpastoError)) return error;
  const { code, message, advice, cause } = error;
  return new ImpastoError(code, `${subject}: ${message}`, { advice, cause });
}
