import pino from 'pino';
import type { LogLevel } from '../config.ts';
import { escapeReordering } from '../core/text-direction.ts';

export type Logger = pino.Logger;

/** Options of {@link createLog}. */
export interface LogOptions {
  readonly level: LogLevel;
  /** Takes whole lines. Standard error by default, written at once, so that standard output is free for results. */
  readonly destination?: { write(line: string): void };
  /** A line for people in place of JSON; by default only where standard error is a terminal. */
  readonly readable?: boolean;
}

type Fields = Record<string, unknown>;

const SECRET_KEY = /token|secret|passw|authorization|cookie|api_?key/i;
const USER_OF_URL = /(\w:\/\/)[^\s/@"<>]*@/g;
const QUERY_OF_URL = /(\w:\/\/[^\s?"<>]*\?)[^\s"<>]*/g;

/** Causes and collected errors are followed this deep; errors can refer to each other in circles. */
const MAX_DEPTH = 8;

/**
 * Creates the log: a JSON object a line, with ISO time, and errors under `err` with code, causes and stack. Values of
 * keys such as token, secret, password or authorization are left out at any depth, and so are users and queries of
 * URLs in any text: they open attachments.
 */
export function createLog({ level, destination, readable }: LogOptions): Logger {
  const forPeople = readable ?? (destination === undefined && process.stderr.isTTY === true);
  const write = forPeople ? readableLine : JSON.stringify;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: plainError, error: plainError },
      // Censored on the finished line, because only there every binding, serializer and toJSON() has had its say. What
      // turns text around is escaped, which JSON takes for the same.
      hooks: { streamWrite: (line) => `${escapeReordering(write(JSON.parse(line, censored) as Fields))}\n` },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
}

function censored(key: string, value: unknown): unknown {
  if (SECRET_KEY.test(key)) return '[redacted]';
  if (typeof value !== 'string') return value;
  return value.replace(USER_OF_URL, '$1…@').replace(QUERY_OF_URL, '$1…');
}

/** What is known of any error. Further fields stay out: errors of HTTP clients carry whole requests with their headers. */
function plainError(error: unknown, depth = 0): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const { name, code, message, advice, stack, cause, errors } = error as Fields;
  const inner = (each: unknown) => (depth < MAX_DEPTH ? plainError(each, depth + 1) : undefined);
  return {
    ...{ name, code, message, advice, stack },
    cause: inner(cause),
    errors: Array.isArray(errors) ? errors.map(inner) : undefined,
  };
}

function readableLine({ time, level, msg, err, ...fields }: Fields): string {
  const clock = new Date(String(time)).toTimeString().slice(0, 8);
  const details = Object.entries(fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const line = [clock, String(level).padEnd(5), String(msg ?? '').replace(/\s+/g, ' '), ...details].join(' ');
  const text = [line, ...stacks(err)].join('\n').replaceAll('\n', '\n    ');
  // A name that somebody chose must not move the terminal's cursor.
  return text.replace(/[^\P{Cc}\n]/gu, '�');
}

function stacks(error: unknown): string[] {
  if (error === undefined || error === null) return [];
  if (typeof error !== 'object') return [String(error)];
  const { code, stack, message, cause } = error as Fields;
  return [`${code === undefined ? '' : `${code}: `}${stack ?? message}`, ...stacks(cause)];
}
