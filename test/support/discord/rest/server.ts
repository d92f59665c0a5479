import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal, refusal } from '../errors.ts';
import type { FakeFile } from '../model/attachment.ts';
import type { World } from '../world.ts';
import type { Route } from './call.ts';
import type { Fault, RateLimits } from './rate-limits.ts';

/** A request as it came, for tests to look at. */
export interface RequestRecord {
  readonly method: string;
  /** Without `/api/v10` and the query. */
  readonly path: string;
  /** The pattern that it matched, such as `/channels/:channel/messages`. */
  readonly route: string | undefined;
  readonly body: unknown;
  readonly files: readonly FakeFile[];
  readonly at: number;
  status: number | undefined;
}

const PREFIX = '/api/v10';
/** Parameters that have a limit each. */
const MAJOR: readonly string[] = ['channel', 'guild', 'token'];

interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The REST API: finds the route, checks token and limits, and turns refusals into answers. */
export class RestServer {
  readonly requests: RequestRecord[] = [];
  /** Answers with 401, 403 and 429, of which Discord takes 10,000 in ten minutes. */
  invalidRequests = 0;
  readonly #world: World;
  readonly #limits: RateLimits;
  readonly #routes: { readonly route: Route; readonly pattern: RegExp }[];

  constructor(world: World, limits: RateLimits, routes: readonly Route[]) {
    this.#world = world;
    this.#limits = limits;
    this.#routes = routes.map((route) => ({
      route,
      pattern: new RegExp(`^${route.path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
    }));
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const method = request.method ?? 'GET';
    const path = url.pathname.slice(PREFIX.length);
    const { body, files } = await readBody(request);
    const known = url.pathname.startsWith(PREFIX) ? this.#match(method, path) : undefined;
    const at = this.#world.clock.now();
    const record: RequestRecord = {
      method,
      path,
      route: known?.route.path,
      body,
      files: [...files.values()],
      at,
      status: undefined,
    };
    this.requests.push(record);
    const answer = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}) => {
      record.status = status;
      if (status === 401 || status === 403 || status === 429) this.invalidRequests += 1;
      const text = value === undefined ? '' : JSON.stringify(value);
      response
        .writeHead(status, { ...headers, ...(text && { 'content-type': 'application/json' }) })
        .end(text);
      this.#world.changed();
    };
    if (!known) {
      this.#world.violate(`unknown route: ${method} ${url.pathname}`);
      return answer(404, { message: '404: Not Found', code: 0 });
    }
    const { route, params } = known;
    if (!route.open && request.headers.authorization !== `Bot ${this.#world.options.token}`) {
      this.#world.violate(`wrong token: ${method} ${path}`);
      return answer(401, { message: '401: Unauthorized', code: 0 });
    }
    const fault = this.#limits.takeFault(method, path);
    const major = MAJOR.map((name) => params[name] ?? '').join('/');
    const limit = this.#limits.count(route, major, fault);
    if (limit.retryAfter !== undefined) return answer(429, limited(limit), limit.headers);
    if (fault && !fault.performed && this.#fail(fault, response, answer)) return;
    try {
      if (body instanceof SyntaxError) throw refusal(50109);
      const result = route.handle({ world: this.#world, params, query: url.searchParams, body, files });
      if (fault && this.#fail(fault, response, answer)) return;
      answer(result === undefined ? 204 : 200, result, limit.headers);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        this.#world.violate(`error in the fake itself: ${(error as Error).stack}`);
        return answer(500, { message: '500: Internal Server Error', code: 0 });
      }
      const { message, code, errors, status, retryAfter } = error;
      const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
      const more = retryAfter === undefined ? {} : { retry_after: retryAfter, global: false };
      answer(status, { message, code, ...(errors && { errors }), ...more }, { ...limit.headers, ...headers });
    }
  }

  #fail(fault: Fault, response: ServerResponse, answer: (status: number, value: unknown) => void): boolean {
    if (fault.cut) {
      response.destroy();
      return true;
    }
    if (fault.status === undefined) return false;
    answer(fault.status, { message: `${fault.status}: Something went wrong`, code: 0 });
    return true;
  }

  #match(method: string, path: string): Match | undefined {
    for (const { route, pattern } of this.#routes) {
      const found = route.method === method ? pattern.exec(path) : null;
      if (!found) continue;
      const params = Object.entries(found.groups ?? {}).map(([name, value]) => [
        name,
        decodeURIComponent(value),
      ]);
      return { route, params: Object.fromEntries(params) };
    }
    return undefined;
  }
}

function limited({ retryAfter, global }: { readonly retryAfter?: number; readonly global?: boolean }) {
  return { message: 'You are being rate limited.', retry_after: retryAfter, global: global ?? false };
}

/** JSON, or a form with `payload_json` and `files[n]`; a SyntaxError stands for JSON that is none. */
async function readBody(
  request: IncomingMessage,
): Promise<{ body: unknown; files: ReadonlyMap<number, FakeFile> }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const files = new Map<number, FakeFile>();
  if (bytes.length === 0) return { body: undefined, files };
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return { body: parse(bytes.toString()), files };
  const form = await new Response(bytes, { headers: { 'content-type': type } }).formData();
  for (const [name, value] of form) {
    const number = /^files\[(\d+)\]$/.exec(name)?.[1];
    if (number === undefined || typeof value === 'string') continue;
    const content = new Uint8Array(await value.arrayBuffer());
    files.set(Number(number), {
      name: value.name,
      content,
      ...(value.type && value.type !== 'application/octet-stream' && { contentType: value.type }),
    });
  }
  const json = form.get('payload_json');
  return { body: typeof json === 'string' ? parse(json) : Object.fromEntries(form), files };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}
