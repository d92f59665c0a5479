import type { FakeFile } from '../model/attachment.ts';
import type { World } from '../world.ts';

/** A request to the REST API, taken apart. */
export interface Call {
  readonly world: World;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Files by the number in their field's name. */
  readonly files: ReadonlyMap<number, FakeFile>;
}

/** Most requests in a time, for one channel, guild or webhook. */
export interface RouteLimit {
  readonly requests: number;
  readonly perMs: number;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Such as `/channels/:channel/messages`. */
  readonly path: string;
  /** Needs no bot token, for the address carries one. */
  readonly open?: boolean;
  readonly limit?: RouteLimit;
  /** The body of a 200, or undefined for a 204. */
  handle(call: Call): unknown;
}

/** A parameter that the path has for certain. */
export function param({ params }: Call, name: string): string {
  const value = params[name];
  if (value === undefined) throw new Error(`The path has no ${name}.`);
  return value;
}

/** The body as an object; anything else has no fields. */
export function fields({ body }: Call): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}
