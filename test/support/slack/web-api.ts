import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Method } from './call.ts';
import { Refusal } from './call.ts';
import type { Json } from './model.ts';
import type { World } from './world.ts';

/** What a test lets go wrong with calls of a method. */
export interface Fault {
  readonly method: string;
  /** Answer with this error; else with a status. */
  readonly error?: string;
  /** Seconds, whole: answer 429. */
  readonly retryAfter?: number;
  readonly status?: number;
  /** Whether the call is carried out all the same; its answer is lost. */
  readonly performed?: boolean;
  /** Default 1. */
  readonly times?: number;
}

export interface CallRecord {
  readonly method: string;
  readonly args: Json;
  /** What came of it: `ok`, an error, or `429` and other statuses. */
  outcome: string;
}

const MINUTE = 60_000;

/** The Web API: checks token, scopes and limits, and has the methods called. */
export class WebApi {
  readonly calls: CallRecord[] = [];
  readonly #world: World;
  readonly #methods: Readonly<Record<string, Method>>;
  readonly #limited: boolean;
  readonly #recent = new Map<string, number[]>();
  readonly #blockedUntil = new Map<string, number>();
  #faults: { fault: Fault; left: number }[] = [];

  constructor(world: World, methods: Readonly<Record<string, Method>>, limited: boolean) {
    this.#world = world;
    this.#methods = methods;
    this.#limited = limited;
  }

  fail(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  async handle(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const args = readForm(await bodyOf(request));
    const record: CallRecord = { method: name, args, outcome: 'ok' };
    this.calls.push(record);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? args.token;
    const method = this.#methods[name];
    const counted = method?.perChannel ? `${name} ${args.channel}` : name;
    const wait = this.#mustWait(counted, method);
    const fault = this.#nextFault(name);
    if (wait > 0 || fault?.retryAfter !== undefined) {
      const seconds = fault?.retryAfter ?? Math.ceil(wait / 1000);
      this.#blockedUntil.set(counted, this.#world.clock.now() + 1000 * seconds);
      record.outcome = '429';
      return send(response, 429, { ok: false, error: 'ratelimited' }, { 'Retry-After': String(seconds) });
    }
    if (fault && !fault.performed && fault.status !== undefined) {
      record.outcome = String(fault.status);
      response.writeHead(fault.status).end('upstream error');
      return;
    }
    const result = fault?.error ? { ok: false, error: fault.error } : this.#call(name, method, token, args);
    record.outcome = result.ok ? 'ok' : String(result.error);
    this.#world.changed();
    if (fault?.status !== undefined) {
      response.writeHead(fault.status).end('upstream error');
      return;
    }
    send(response, 200, result, { 'X-OAuth-Scopes': this.#world.options.app.scopes.join(',') });
  }

  #call(name: string, method: Method | undefined, token: unknown, args: Json): Json {
    const { options } = this.#world;
    if (!method) {
      this.#world.violate(`unknown method ${name}`);
      return { ok: false, error: 'unknown_method', req_method: name };
    }
    if (token === undefined) return { ok: false, error: 'not_authed' };
    const expected = method.appToken ? options.appToken : options.botToken;
    if (token !== expected) {
      const mixedUp = token === options.appToken || token === options.botToken;
      return { ok: false, error: mixedUp ? 'not_allowed_token_type' : 'invalid_auth' };
    }
    try {
      if (!method.appToken) requireScope(method.scope?.(args, this.#world), options.app.scopes);
      return { ok: true, ...method.run(args, this.#world) };
    } catch (error) {
      if (error instanceof Refusal) return { ok: false, error: error.message, ...error.details };
      throw error;
    }
  }

  #nextFault(name: string): Fault | undefined {
    const found = this.#faults.find(({ fault, left }) => fault.method === name && left > 0);
    if (found) found.left -= 1;
    return found?.fault;
  }

  /** Milliseconds to wait until the method's tier permits another call; a client that does not wait is noted. */
  #mustWait(name: string, method: Method | undefined): number {
    const now = this.#world.clock.now();
    const blocked = (this.#blockedUntil.get(name) ?? 0) - now;
    // A client's clock may differ a little from ours.
    if (blocked > 50) this.#world.violate(`${name} was called ${blocked} ms before Retry-After`);
    if (!this.#limited || !method?.perMinute) return 0;
    const recent = (this.#recent.get(name) ?? []).filter((at) => at > now - MINUTE);
    this.#recent.set(name, [...recent, now]);
    return recent.length < method.perMinute ? 0 : (recent[0] as number) + MINUTE - now;
  }
}

function requireScope(needed: readonly string[] | undefined, provided: readonly string[]): void {
  if (!needed || needed.length === 0 || needed.some((scope) => provided.includes(scope))) return;
  throw new Refusal('missing_scope', { needed: needed[0], provided: provided.join(',') });
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

/** Arguments of a form, with those that are JSON read as such. */
function readForm(body: Buffer): Json {
  const args: Json = {};
  for (const [name, value] of new URLSearchParams(body.toString())) {
    args[name] = /^[[{]/.test(value) && name !== 'text' ? parsed(value) : value;
  }
  return args;
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

export function send(
  response: ServerResponse,
  status: number,
  body: Json,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
}
