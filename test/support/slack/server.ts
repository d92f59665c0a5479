import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chatMethods } from './chat-methods.ts';
import { filesFetch, serveFile, takeUpload } from './files.ts';
import { HttpDelivery } from './http.ts';
import { Human } from './human.ts';
import { readManifest } from './manifest.ts';
import type { Channel, Json } from './model.ts';
import { otherMethods } from './other-methods.ts';
import { SocketMode } from './socket.ts';
import { blockFaults } from './validate.ts';
import { bodyOf, type Fault, send, WebApi } from './web-api.ts';
import { type Installation, World } from './world.ts';

const RESPONSE_MS = 30 * 60_000;

export interface FakeSlackOptions {
  /** What the app was installed with; default what `slack-manifest.yaml` says. */
  readonly app?: Partial<Installation>;
  /** How events reach the app; default `socket`. */
  readonly delivery?: 'socket' | 'http';
  /** Whether methods have their tiers' limits; default true. */
  readonly rateLimits?: boolean;
  /** Blocks that refer in vain to a file that was just uploaded; default 1. */
  readonly processing?: number;
  /** Largest file that is taken, in bytes; default 1 GB. */
  readonly uploadLimit?: number;
}

/** Slack on this machine, as strict as the real one. Start it with `startFakeSlack()`. */
export class FakeSlack {
  readonly world: World;
  readonly api: WebApi;
  readonly socket: SocketMode;
  readonly http: HttpDelivery;
  /** `fetch` for addresses of files, whose host it finds here. */
  readonly fetchFiles: typeof fetch;
  /** Uploads of bytes that are answered with 429 and this many seconds before one is taken. */
  readonly slowUploads: number[] = [];
  readonly #server: Server;

  constructor(options: FakeSlackOptions) {
    this.world = new World({
      botToken: 'xoxb-1111111111-2222222222-aBcDeFgHiJkLmNoPqRsTuVwX',
      appToken: 'xapp-1-A0IMPASTO1-3333333333-0123456789abcdef0123456789abcdef',
      signingSecret: '0123456789abcdef0123456789abcdef',
      app: { ...readManifest(), ...options.app },
      processing: options.processing ?? 1,
      uploadLimit: options.uploadLimit ?? 1_000_000_000,
      origin: () => this.origin,
    });
    const tickets = new Set<string>();
    const methods = { ...chatMethods, ...otherMethods(() => this.origin, tickets) };
    this.api = new WebApi(this.world, methods, options.rateLimits ?? true);
    this.socket = new SocketMode(this.world, tickets);
    this.http = new HttpDelivery(this.world);
    this.fetchFiles = filesFetch(this.world, () => this.origin);
    const delivery = options.delivery === 'http' ? this.http : this.socket;
    this.world.deliver = (kind, payload) => delivery.deliver(kind, payload);
    this.#server = createServer((request, response) => {
      // A client that hangs up in mid-request is the client's affair.
      this.#route(request, response).catch(() => response.destroy());
    });
    this.#server.on('upgrade', (request, socket, head) => this.socket.upgrade(request, socket, head));
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (path.startsWith('/api/')) return this.api.handle(path.slice(5), request, response);
    if (path.startsWith('/upload/')) {
      const wait = this.slowUploads.shift();
      if (wait === undefined) return takeUpload(this.world, request, response);
      await bodyOf(request);
      response.writeHead(429, { 'Retry-After': String(wait) }).end();
      return;
    }
    if (path.startsWith('/files-pri/')) return serveFile(this.world, request, response);
    if (path.startsWith('/commands/')) return this.#respond(path.slice(10), request, response);
    response.writeHead(404).end();
  }

  /** A response to a command, by the address that came with it: five, within half an hour. */
  async #respond(token: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { responses, files, clock, bot } = this.world;
    const body = JSON.parse((await bodyOf(request)).toString()) as Json;
    const place = responses.get(token);
    if (!place || place.left === 0 || clock.now() - place.at > RESPONSE_MS) {
      return send(response, 404, { ok: false, error: 'used_url' });
    }
    const faults = blockFaults(body.blocks ?? [], 'message', (id) => files.get(id));
    if (faults.length > 0) {
      this.world.violate(`a response with invalid blocks: ${faults.join(', ')}`);
      return send(response, 400, { ok: false, error: 'invalid_blocks' });
    }
    place.left -= 1;
    this.world.post(place.channel, {
      user: bot.id,
      version: { text: String(body.text ?? ''), blocks: (body.blocks ?? []) as Json[] },
      ...(body.response_type !== 'in_channel' && { onlyFor: place.user.id }),
    });
    send(response, 200, { ok: true });
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  /** Where everything is served, without a slash at the end. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** For Bolt: `clientOptions: { slackApiUrl: server.apiUrl }`. */
  get apiUrl(): string {
    return `${this.origin}/api/`;
  }

  get botToken(): string {
    return this.world.options.botToken;
  }

  get appToken(): string {
    return this.world.options.appToken;
  }

  get signingSecret(): string {
    return this.world.options.signingSecret;
  }

  /** What the app did that Slack punishes, or that is always a mistake. */
  get violations(): readonly string[] {
    return this.world.violations;
  }

  /** How often each delivery is made; 2 makes duplicates. */
  set deliveries(times: number) {
    this.socket.deliveries = times;
    this.http.deliveries = times;
  }

  addUser(name: string, options: { isAdmin?: boolean } = {}): Human {
    return new Human(this.world, this.world.addUser(name, options));
  }

  /** A channel with these members, and the app unless told otherwise. */
  addChannel(
    name: string,
    members: readonly Human[],
    { kind = 'public', withBot = true }: { kind?: 'public' | 'private'; withBot?: boolean } = {},
  ): Channel {
    const channel = this.world.addChannel(name, kind);
    for (const { id } of members) channel.members.add(id);
    if (withBot) channel.members.add(this.world.bot.id);
    return channel;
  }

  /** Lets calls of a method fail. */
  fail(fault: Fault): void {
    this.api.fail(fault);
  }

  until<Result>(probe: () => Result | undefined | false | null, timeoutMs?: number): Promise<Result> {
    return this.world.until(probe, timeoutMs);
  }

  async close(): Promise<void> {
    this.world.close();
    this.socket.close();
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}

/**
 * Starts a platform on a free port of this machine.
 *
 * @example
 * const server = await startFakeSlack();
 * const ann = server.addUser('Ann');
 * const channel = server.addChannel('art', [ann]);
 * const use = await ann.slash(channel, '/stylize');
 * await ann.submitModal(await use.view(), { content: photo, style: painting });
 * ann.react(await server.until(() => channel.roots[0]), 'heavy_plus_sign');
 * expect(server.violations).toEqual([]);
 */
export function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  return new FakeSlack(options).listen();
}
