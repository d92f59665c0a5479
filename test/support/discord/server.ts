import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GatewayCloseCodes, GatewayDispatchEvents } from 'discord-api-types/v10';
import { cdnFetch, isOnCdn, serveAttachment } from './cdn.ts';
import type { Clock } from './clock.ts';
import { Gateway } from './gateway.ts';
import { Human } from './human.ts';
import type { Interaction } from './interaction.ts';
import { Account } from './model/account.ts';
import { Guild, type GuildOptions } from './model/guild.ts';
import { applicationRoutes } from './rest/application.ts';
import { channelRoutes } from './rest/channels.ts';
import { guildRoutes } from './rest/guilds.ts';
import { interactionRoutes } from './rest/interactions.ts';
import { messageRoutes } from './rest/messages.ts';
import { type Fault, RateLimits } from './rest/rate-limits.ts';
import { reactionRoutes } from './rest/reactions.ts';
import { type RequestRecord, RestServer } from './rest/server.ts';
import { World, type WorldOptions } from './world.ts';

const MIB = 1024 * 1024;

export interface FakeDiscordOptions extends Partial<WorldOptions> {
  /** Shards that the gateway recommends; default 1. */
  readonly shards?: number;
  /** Whether routes have Discord's limits; default true. */
  readonly rateLimits?: boolean;
  /** Milliseconds between two heartbeats; default 41,250. */
  readonly heartbeatMs?: number;
}

/** Discord on this machine, as strict as the real one. Start it with `startFakeDiscord()`. */
export class FakeDiscord {
  readonly world: World;
  readonly gateway: Gateway;
  readonly limits: RateLimits;
  /** `fetch` for addresses of attachments, whose hosts it finds here. */
  readonly fetchCdn: typeof fetch;
  readonly #http: Server;
  readonly #rest: RestServer;

  constructor(options: FakeDiscordOptions) {
    this.world = new World({
      token: options.token ?? 'token-of.the.test-bot',
      grantedIntents: options.grantedIntents ?? 0,
      cdn: options.cdn ?? 'https://cdn.discordapp.com',
      uploadLimit: options.uploadLimit ?? 10 * MIB,
      oldEdits: options.oldEdits ?? { limit: 3, status: 429 },
      activeThreads: options.activeThreads ?? 1000,
    });
    this.limits = new RateLimits(this.world, options.rateLimits ?? true);
    this.gateway = new Gateway(this.world, () => this.#gatewayUrl, options.heartbeatMs ?? 41_250);
    this.fetchCdn = cdnFetch(this.world, () => this.origin);
    this.#rest = new RestServer(this.world, this.limits, [
      ...applicationRoutes(() => this.#gatewayUrl, options.shards ?? 1),
      ...guildRoutes,
      ...channelRoutes,
      ...messageRoutes,
      ...reactionRoutes,
      ...interactionRoutes,
    ]);
    this.#http = createServer((request, response) => {
      const work = isOnCdn(request.url ?? '')
        ? serveAttachment(this.world, request, response)
        : this.#rest.handle(request, response);
      // A client that hangs up in mid-request is the client's affair.
      work.catch(() => response.destroy());
    });
    this.#http.on('upgrade', (request, socket, head) => this.gateway.upgrade(request, socket, head));
  }

  async listen(): Promise<this> {
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    return this;
  }

  get #port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** Where everything is served, without a slash at the end. */
  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** For discord.js: `new Client({ rest: { api: server.api } })`. */
  get api(): string {
    return `${this.origin}/api`;
  }

  get #gatewayUrl(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get token(): string {
    return this.world.options.token;
  }

  get clock(): Clock {
    return this.world.clock;
  }

  /** The bot's account, such as for `channel.deny(server, ['AttachFiles'])`. */
  get account(): Account {
    return this.world.bot;
  }

  /** What the bot did that Discord punishes, or that is always a mistake. */
  get violations(): readonly string[] {
    return this.world.violations;
  }

  get requests(): readonly RequestRecord[] {
    return this.#rest.requests;
  }

  /** Answers with 401, 403 and 429; 10,000 of them in ten minutes are a ban. */
  get invalidRequests(): number {
    return this.#rest.invalidRequests;
  }

  /** Paths of attachments that were asked for, oldest first. */
  get fetched(): readonly string[] {
    return this.world.fetched;
  }

  /** Everything that people did with the bot, oldest first. */
  get interactions(): readonly Interaction[] {
    return [...this.world.interactions.values()];
  }

  /** Resets the bot's token, as its owner does: the one that the bot has is worth nothing any more. */
  resetToken(): void {
    this.world.options.token = `${this.token}-anew`;
    this.gateway.end(GatewayCloseCodes.AuthenticationFailed);
  }

  /** A server that the bot has been invited to; the nth of them, from 0, belongs to shard n % count. */
  addGuild(options: GuildOptions = {}): Guild {
    const guild = new Guild(this.world, options);
    this.world.dispatch({ t: GatewayDispatchEvents.GuildCreate, d: guild.createPayload() }, { guild });
    return guild;
  }

  addUser(name: string): Human {
    const account = new Account(this.world.clock.snowflake(), name, false);
    this.world.users.set(account.id, account);
    return new Human(this.world, account);
  }

  /** Lets requests fail: answers them with 429 or another status, or cuts the connection. */
  fail(fault: Fault): void {
    this.limits.schedule(fault);
  }

  /** Settles with what the probe returns as soon as that is something; asks again whenever something happens. */
  until<Result>(probe: () => Result | undefined | false | null, timeoutMs?: number): Promise<Result> {
    return this.world.until(probe, timeoutMs);
  }

  async close(): Promise<void> {
    this.world.close();
    this.gateway.close();
    this.#http.close();
    this.#http.closeAllConnections();
    if (this.#http.listening) await once(this.#http, 'close');
  }
}

/**
 * Starts a platform on a free port of this machine.
 *
 * @example
 * const server = await startFakeDiscord();
 * const channel = server.addGuild().addChannel('art');
 * const ann = server.addUser('Ann');
 * channel.guild?.join(ann);
 * const client = await connectClient(server); // or a bot with `rest: { api: server.api }` and `server.token`
 * const use = await ann.slash(channel, 'stylize', { content: bytes, strength: 1 });
 * const reply = await use.reply();
 * ann.react(reply, '➕');
 * await server.until(() => channel.threads[0]?.messages.length === 2);
 * expect(server.violations).toEqual([]);
 */
export function startFakeDiscord(options: FakeDiscordOptions = {}): Promise<FakeDiscord> {
  return new FakeDiscord(options).listen();
}
