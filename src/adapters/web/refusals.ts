import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { failureOf } from '../../core/failures.ts';
import { type ErrorCode, ImpastoError } from '../../nst/errors.ts';
import type { WireRefusal } from './wire.ts';

/** What HTTP calls the ways in which the studio refuses; anything else is a failure of its own. */
const STATUS: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  'bad-setting': 400,
  'unknown-user': 401,
  'not-allowed': 403,
  'unknown-job': 404,
  'unknown-style': 404,
  'message-gone': 404,
  'picture-gone': 404,
  'missing-file': 404,
  aborted: 408,
  'picture-too-large': 413,
  'over-limit': 429,
  closed: 503,
  'disk-full': 507,
};

/** Answers a request with what went wrong and what to do next. */
export function refuse(context: Context, error: unknown): Response {
  const status = statusOf(error);
  const body: WireRefusal = failureOf(error);
  if (status === 429 || status === 503) context.header('retry-after', '5');
  // What still comes of a picture that was refused is not waited for: nobody else must use its connection.
  if (context.req.path === '/api/uploads') context.header('connection', 'close');
  return context.json(body, status);
}

/** Whether an error is nobody's fault but ours, and so belongs in the log. */
export function isUnforeseen(error: unknown): boolean {
  return [500, 507].includes(statusOf(error));
}

function statusOf(error: unknown): ContentfulStatusCode {
  return error instanceof ImpastoError ? (STATUS[error.code] ?? 500) : 500;
}

export function notAllowed(message: string, advice: string): ImpastoError {
  return new ImpastoError('not-allowed', message, { advice });
}

/** There is nothing of this address. */
export function nothingThere(): ImpastoError {
  return new ImpastoError('missing-file', 'There is nothing at this address.', {
    advice: 'Begin at the studio’s first page.',
  });
}
