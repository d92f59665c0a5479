import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Json } from './model.ts';
import type { World } from './world.ts';

/** Time to acknowledge an envelope. */
const ACK_MS = 3000;
const PING_MS = 5000;
/** An event is sent again so often when it was not acknowledged. */
const RETRIES = 3;

/** Socket Mode: envelopes out, acknowledgements in. Events that find no connection wait for one. */
export class SocketMode {
  /** How often each event is sent; 2 makes duplicates. */
  deliveries = 1;
  /** Connections so far. */
  connections = 0;
  readonly #world: World;
  readonly #tickets: Set<string>;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #sockets = new Set<WebSocket>();
  readonly #waiting = new Map<
    string,
    { acknowledge: (payload: Json) => void; refuse: (why: Error) => void }
  >();
  readonly #undelivered: (() => void)[] = [];

  constructor(world: World, tickets: Set<string>) {
    this.#world = world;
    this.#tickets = tickets;
  }

  get connected(): boolean {
    return this.#sockets.size > 0;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '', 'ws://slack').searchParams.get('ticket') ?? '';
    if (!this.#tickets.delete(ticket)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (client) => this.#open(client));
  }

  #open(client: WebSocket): void {
    this.#sockets.add(client);
    this.connections += 1;
    const pings = setInterval(() => client.ping('Ping'), PING_MS).unref();
    client.on('close', () => {
      clearInterval(pings);
      this.#sockets.delete(client);
      this.#world.changed();
    });
    client.on('message', (data) => this.#acknowledged(String(data)));
    client.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#sockets.size,
        connection_info: { app_id: this.#world.appId },
        debug_info: { host: 'applink-1', approximate_connection_time: 18_060 },
      }),
    );
    this.#world.changed();
    for (const send of this.#undelivered.splice(0)) send();
  }

  #acknowledged(text: string): void {
    const { envelope_id, payload } = JSON.parse(text) as { envelope_id?: string; payload?: Json };
    const waiting = this.#waiting.get(String(envelope_id));
    if (waiting) waiting.acknowledge(payload ?? {});
    else if (!this.#late.has(String(envelope_id)))
      this.#world.violate('an unknown envelope was acknowledged');
  }

  /** Envelopes whose time is over; a late acknowledgement of one is merely of no use. */
  readonly #late = new Set<string>();

  async deliver(type: 'events_api' | 'slash_commands' | 'interactive', payload: Json): Promise<Json> {
    if (type !== 'events_api') {
      if (this.deliveries > 1) {
        const [first] = await Promise.all([this.#send(type, payload), this.#send(type, payload)]);
        return first;
      }
      return this.#send(type, payload);
    }
    const times = Array.from({ length: this.deliveries }, () => this.#persistently(payload));
    await Promise.all(times);
    return {};
  }

  async #persistently(payload: Json): Promise<void> {
    for (let attempt = 0; attempt <= RETRIES; attempt += 1) {
      if (!this.connected) await new Promise<void>((resolve) => this.#undelivered.push(resolve));
      try {
        await this.#send('events_api', payload, attempt);
        return;
      } catch {
        // Sent again, as Slack does.
      }
    }
    this.#world.violate(`an event was never acknowledged: ${JSON.stringify(payload.event)}`);
  }

  #send(type: string, payload: Json, attempt = 0): Promise<Json> {
    const [socket] = [...this.#sockets].slice(-1);
    if (!socket) return Promise.reject(new Error('dispatch_failed'));
    const envelope_id = this.#world.id('envelope');
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        forget();
        socket.off('close', dropped);
        this.#waiting.delete(envelope_id);
        settle();
      };
      const refuse = (why: Error) => {
        this.#late.add(envelope_id);
        end(() => reject(why));
      };
      const dropped = () => refuse(new Error('the socket was closed'));
      const forget = this.#world.clock.after(ACK_MS, () => refuse(new Error('operation_timeout')));
      this.#waiting.set(envelope_id, { acknowledge: (answer) => end(() => resolve(answer)), refuse });
      socket.on('close', dropped);
      socket.send(
        JSON.stringify({
          type,
          envelope_id,
          payload,
          accepts_response_payload: type !== 'events_api',
          ...(type === 'events_api' && {
            retry_attempt: attempt,
            retry_reason: attempt > 0 ? 'timeout' : '',
          }),
        }),
      );
    });
  }

  /** Breaks every connection without a word. */
  drop(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** Asks the app to connect anew, and closes what it has not closed itself. */
  disconnect(reason: 'warning' | 'refresh_requested'): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify({ type: 'disconnect', reason }));
  }

  close(): void {
    for (const { refuse } of [...this.#waiting.values()]) refuse(new Error('the platform was closed'));
    this.drop();
    this.#server.close();
  }
}
