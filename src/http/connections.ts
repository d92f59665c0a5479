import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf, plainAddress } from './proxies.ts';

/** How many connections a server has at once. */
export interface ConnectionCaps {
  readonly all: number;
  /** From one network. */
  readonly ofNetwork: number;
}

/** Options of a server that waits for nobody: milliseconds until a request's headers have to be there, and between looks. */
export const HEADER_TIMES = { headersTimeout: 5000, connectionsCheckingInterval: 1000 } as const;

interface Connection {
  readonly socket: Socket;
  readonly network: string;
  /** Those whose headers have come and whose answer has not gone. */
  readonly requests: Set<IncomingMessage>;
}

/**
 * Bounds a server's connections. A new one has always room, as long as there is one to be closed for it: the oldest on
 * which no request has come, else the oldest whose request has not come to its end. So whoever opens many, and sends
 * slowly or not at all, takes the room of their own; it is taken from the network that has the most.
 *
 * @param isShared - tells addresses that stand for many people, such as a proxy's, which only `all` bounds.
 */
export function boundConnections(
  server: Server,
  { all, ofNetwork }: ConnectionCaps,
  isShared: (address: string) => boolean,
): void {
  /** Oldest first. */
  const open = new Map<Socket, Connection>();

  /** Those of which one has to be closed before another may come from this network. */
  function crowd(address: string, network: string): readonly Connection[] | undefined {
    const near = [...open.values()].filter((each) => each.network === network);
    if (near.length >= ofNetwork && !isShared(address)) return near;
    return open.size >= all ? largestNetwork([...open.values()]) : undefined;
  }

  server.on('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress ?? '');
    const network = networkOf(address);
    const crowded = crowd(address, network);
    if (crowded) {
      const closed = closable(crowded)?.socket ?? socket;
      open.delete(closed);
      closed.destroy();
      if (closed === socket) return;
    }
    open.set(socket, { socket, network, requests: new Set() });
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const requests = open.get(request.socket)?.requests;
    requests?.add(request);
    response.once('close', () => requests?.delete(request));
  });
}

function closable(connections: readonly Connection[]): Connection | undefined {
  return (
    connections.find(({ requests }) => requests.size === 0) ??
    connections.find(({ requests }) => [...requests].every(({ complete }) => !complete))
  );
}

function largestNetwork(connections: readonly Connection[]): Connection[] {
  const counts = new Map<string, number>();
  for (const { network } of connections) counts.set(network, (counts.get(network) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return connections.filter(({ network }) => counts.get(network) === most);
}
