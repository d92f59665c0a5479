/**
 * Every way in which Impasto can refuse or fail. Code that reacts to an error looks at its code, never at its
 * text.
 */
export type ErrorCode =
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
  | 'aborted';

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
