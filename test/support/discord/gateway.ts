import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  GatewayCloseCodes as Close,
  GatewayDispatchEvents as Events,
  type GatewayIdentifyData,
  type GatewayResumeData,
  type GatewaySendPayload,
  GatewayIntentBits as Intents,
  GatewayOpcodes as Op,
} from 'discord-api-types/v10';
import { type WebSocket, WebSocketServer } from 'ws';
import { isExempt, withoutContent } from './model/message.ts';
import { has, permissionsIn } from './permissions.ts';
import type { Concern, GatewayEvent, World } from './world.ts';

const PRIVILEGED = Intents.MessageContent | Intents.GuildMembers | Intents.GuildPresences;
const ALL_INTENTS = Object.values(Intents).reduce<number>(
  (sum, bit) => (typeof bit === 'number' ? sum | bit : sum),
  0,
);

/** What an event needs, in a server and in direct messages; what is missing here needs no intent. */
const NEEDED: Partial<Record<Events, readonly [guild: number, direct: number]>> = {
  [Events.GuildMemberAdd]: [Intents.GuildMembers, 0],
  [Events.GuildCreate]: [Intents.Guilds, 0],
  [Events.GuildDelete]: [Intents.Guilds, 0],
  [Events.GuildRoleCreate]: [Intents.Guilds, 0],
  [Events.GuildRoleUpdate]: [Intents.Guilds, 0],
  [Events.ChannelCreate]: [Intents.Guilds, 0],
  [Events.ChannelUpdate]: [Intents.Guilds, 0],
  [Events.ChannelDelete]: [Intents.Guilds, 0],
  [Events.ThreadCreate]: [Intents.Guilds, 0],
  [Events.ThreadUpdate]: [Intents.Guilds, 0],
  [Events.ThreadDelete]: [Intents.Guilds, 0],
  [Events.ThreadMembersUpdate]: [Intents.Guilds, 0],
  [Events.MessageCreate]: [Intents.GuildMessages, Intents.DirectMessages],
  [Events.MessageUpdate]: [Intents.GuildMessages, Intents.DirectMessages],
  [Events.MessageDelete]: [Intents.GuildMessages, Intents.DirectMessages],
  [Events.MessageReactionAdd]: [Intents.GuildMessageReactions, Intents.DirectMessageReactions],
  [Events.MessageReactionRemove]: [Intents.GuildMessageReactions, Intents.DirectMessageReactions],
};

/** Events in a channel that the bot gets only if it can see the channel. */
const VISIBLE: readonly Events[] = [
  Events.MessageCreate,
  Events.MessageUpdate,
  Events.MessageDelete,
  Events.MessageReactionAdd,
  Events.MessageReactionRemove,
  Events.ThreadCreate,
  Events.ThreadUpdate,
  Events.ThreadDelete,
  Events.ThreadMembersUpdate,
];

interface Sent {
  readonly op: Op.Dispatch;
  readonly s: number;
  readonly t: string;
  readonly d: unknown;
}

/** What a shard has going with the platform; it outlives the socket, so that a shard can resume. */
export interface Session {
  readonly id: string;
  readonly shard: readonly [id: number, count: number];
  readonly intents: number;
  readonly sent: Sent[];
  socket: WebSocket | undefined;
}

/** Commands that a connection may send in a minute. */
const MAX_COMMANDS = 120;

/** The gateway: sessions, their events, and what goes wrong with connections. */
export class Gateway {
  readonly sessions = new Map<string, Session>();
  /** Every identify and resume that was accepted, oldest first. */
  readonly log: { readonly kind: 'identify' | 'resume'; readonly shard: number }[] = [];
  /** Times that each event is delivered, by name; platforms deliver some twice. */
  readonly deliveries = new Map<string, number>();
  /** Whether sessions can be resumed; a platform forgets them after an outage. */
  resumable = true;
  /** Whether heartbeats are acknowledged; a client that gets no answer must take the connection for dead. */
  acknowledges = true;
  /** Whether connections are refused, as in an outage. */
  down = false;
  readonly #world: World;
  readonly #sockets: WebSocketServer;
  readonly #url: () => string;
  readonly #heartbeatMs: number;

  constructor(world: World, url: () => string, heartbeatMs: number) {
    this.#world = world;
    this.#url = url;
    this.#heartbeatMs = heartbeatMs;
    this.#sockets = new WebSocketServer({ noServer: true });
    world.onEvent = (event, concern) => this.#deliver(event, concern);
  }

  /** Takes a connection over from the HTTP server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    if (this.down) {
      socket.destroy();
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (connection) => {
      if (query.get('v') !== '10') connection.close(Close.InvalidAPIVersion);
      else if (query.get('encoding') !== 'json' || query.has('compress')) connection.close(Close.DecodeError);
      else this.#greet(connection);
    });
  }

  /** Cuts connections without a word, of one shard or of all. */
  drop(shard?: number): void {
    for (const session of this.#of(shard)) session.socket?.terminate();
  }

  /** Closes every connection with a code. */
  end(code: Close): void {
    for (const session of this.#of(undefined)) session.socket?.close(code);
  }

  /** Asks clients to connect anew (op 7), as Discord does when it moves them. */
  reconnect(shard?: number): void {
    for (const session of this.#of(shard)) this.#send(session.socket, { op: Op.Reconnect, d: null });
  }

  /** Declares sessions invalid (op 9); a client must identify anew, and misses what happened in between. */
  invalidate(shard?: number): void {
    for (const session of this.#of(shard)) {
      this.sessions.delete(session.id);
      this.#send(session.socket, { op: Op.InvalidSession, d: false });
    }
  }

  /** Whether every session has a connection. */
  get connected(): boolean {
    return this.sessions.size > 0 && [...this.sessions.values()].every(({ socket }) => socket !== undefined);
  }

  close(): void {
    for (const client of this.#sockets.clients) client.terminate();
    this.#sockets.close();
  }

  #of(shard: number | undefined): Session[] {
    return [...this.sessions.values()].filter((each) => shard === undefined || each.shard[0] === shard);
  }

  #greet(socket: WebSocket): void {
    let session: Session | undefined;
    let commands = 0;
    let since = Date.now();
    socket.on('error', () => {});
    socket.on('close', (code) => {
      if (!session || session.socket !== socket) return;
      session.socket = undefined;
      // A client that says goodbye ends its session.
      if (code === 1000 || code === 1001) this.sessions.delete(session.id);
      this.#world.changed();
    });
    socket.on('message', (data) => {
      if (Date.now() - since > 60_000) [commands, since] = [0, Date.now()];
      if (++commands > MAX_COMMANDS) {
        this.#world.violate('gateway: more than 120 commands a minute');
        return socket.close(Close.RateLimited);
      }
      let payload: GatewaySendPayload;
      try {
        payload = JSON.parse(data.toString());
      } catch {
        return socket.close(Close.DecodeError);
      }
      if (payload.op === Op.Heartbeat) {
        if (this.acknowledges) this.#send(socket, { op: Op.HeartbeatAck });
        return;
      }
      if (payload.op === Op.Identify) {
        if (session) return socket.close(Close.AlreadyAuthenticated);
        session = this.#identify(socket, payload.d);
      } else if (payload.op === Op.Resume) {
        if (session) return socket.close(Close.AlreadyAuthenticated);
        session = this.#resume(socket, payload.d);
      } else if (!session) {
        socket.close(Close.NotAuthenticated);
      } else if (payload.op !== Op.PresenceUpdate && payload.op !== Op.RequestGuildMembers) {
        this.#world.violate(`gateway: opcode ${payload.op}`);
        socket.close(Close.UnknownOpcode);
      }
    });
    this.#send(socket, { op: Op.Hello, d: { heartbeat_interval: this.#heartbeatMs }, t: null, s: null });
  }

  #identify(socket: WebSocket, data: GatewayIdentifyData): Session | undefined {
    const { token, intents, shard = [0, 1] } = data;
    const refuse = (code: number, what: string) => {
      this.#world.violate(`gateway: ${what}`);
      socket.close(code);
    };
    if (token !== this.#world.options.token) return void refuse(Close.AuthenticationFailed, 'wrong token');
    const privileged = intents & PRIVILEGED;
    if (!Number.isInteger(intents) || (intents & ~ALL_INTENTS) !== 0) {
      return void refuse(Close.InvalidIntents, `invalid intents ${intents}`);
    }
    if ((privileged & ~this.#world.options.grantedIntents) !== 0) {
      return void refuse(Close.DisallowedIntents, `intents ${privileged} were not granted`);
    }
    if (!(shard[0] >= 0 && shard[0] < shard[1])) {
      return void refuse(Close.InvalidShard, `invalid shard ${shard}`);
    }
    // A shard that identifies anew, such as after a crash, has given up what it had going.
    for (const stale of this.#of(shard[0])) {
      if (!stale.socket && stale.shard[1] === shard[1]) this.sessions.delete(stale.id);
    }
    const session: Session = { id: randomUUID().replaceAll('-', ''), shard, intents, sent: [], socket };
    this.sessions.set(session.id, session);
    this.log.push({ kind: 'identify', shard: shard[0] });
    const guilds = [...this.#world.guilds.values()].filter(
      (guild) => guild.hasBot && this.#shardOf(guild.id, shard[1]) === shard[0],
    );
    this.#emit(session, {
      t: Events.Ready,
      d: {
        v: 10,
        user: this.#world.bot.payload(),
        guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
        session_id: session.id,
        resume_gateway_url: this.#url(),
        shard: [...shard],
        application: { id: this.#world.applicationId, flags: 0 as never, flags_new: '0' as never },
      },
    });
    for (const guild of guilds) {
      if (!guild.available || (intents & Intents.Guilds) === 0) continue;
      this.#emit(session, { t: Events.GuildCreate, d: guild.createPayload() });
    }
    this.#world.changed();
    return session;
  }

  #resume(socket: WebSocket, { token, session_id, seq }: GatewayResumeData): Session | undefined {
    if (token !== this.#world.options.token) {
      this.#world.violate('gateway: wrong token');
      return void socket.close(Close.AuthenticationFailed);
    }
    const session = this.sessions.get(session_id);
    if (!session || !this.resumable) {
      this.sessions.delete(session_id);
      return void this.#send(socket, { op: Op.InvalidSession, d: false });
    }
    if (seq > session.sent.length) {
      this.sessions.delete(session_id);
      return void socket.close(Close.InvalidSeq);
    }
    session.socket?.terminate();
    session.socket = socket;
    this.log.push({ kind: 'resume', shard: session.shard[0] });
    for (const each of session.sent.filter(({ s }) => s > seq)) this.#send(socket, each);
    this.#emit(session, { t: Events.Resumed, d: { _trace: [] } } as never);
    this.#world.changed();
    return session;
  }

  #shardOf(guildId: string, count: number): number {
    return Number((BigInt(guildId) >> 22n) % BigInt(count));
  }

  #deliver(event: GatewayEvent, { guild, channel, message }: Concern): void {
    const { bot } = this.#world;
    // Interactions come from servers that only the commands were installed on, too.
    const comes = guild?.hasBot || (guild?.hasCommands && event.t === Events.InteractionCreate);
    if (guild && !comes) return;
    const unseen = channel && !has(permissionsIn(channel, bot), 'ViewChannel');
    if (unseen && VISIBLE.includes(event.t)) return;
    for (const session of this.sessions.values()) {
      const shard = guild ? this.#shardOf(guild.id, session.shard[1]) : 0;
      if (shard !== session.shard[0]) continue;
      const [inGuild, direct] = NEEDED[event.t] ?? [0, 0];
      const needed = guild ? inGuild : direct;
      if ((session.intents & needed) !== needed) continue;
      const hidden = message && (session.intents & Intents.MessageContent) === 0 && !isExempt(message);
      const shown = hidden
        ? ({ ...event, d: withoutContent(message.eventPayload()) } as GatewayEvent)
        : event;
      const times = this.deliveries.get(event.t) ?? 1;
      for (let time = 0; time < times; time++) this.#emit(session, shown);
    }
  }

  #emit(session: Session, { t, d }: GatewayEvent): void {
    // What is sent later in a replay is what was so at the time.
    const sent: Sent = { op: Op.Dispatch, s: session.sent.length + 1, t, d: structuredClone(d) };
    session.sent.push(sent);
    this.#send(session.socket, sent);
  }

  #send(socket: WebSocket | undefined, payload: unknown): void {
    if (socket?.readyState === socket?.OPEN) socket?.send(JSON.stringify(payload));
  }
}
