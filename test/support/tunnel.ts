import { once } from 'node:events';
import net from 'node:net';

/** A way to a port of this machine that can be disturbed. */
export interface Tunnel {
  readonly port: number;
  /** From now on nothing comes through on the connections that are open, either way. */
  silence(): void;
  /** From now on, or from an answer with certain words on, what the server says does not come back. */
  deafen(words?: string): void;
  /** Settles when an answer has been held back. */
  deafened(): Promise<void>;
  /** Connections that are made from now on are not disturbed. */
  speak(): void;
  close(): Promise<void>;
}

interface Mood {
  silent: boolean;
  /** What an answer has to contain to be held back, with all that follow it; undefined while answers come through. */
  deafTo: string | undefined;
}

/** Opens a way to a port of 127.0.0.1. */
export async function tunnel(to: number): Promise<Tunnel> {
  const sockets = new Set<net.Socket>();
  let mood: Mood = { silent: false, deafTo: undefined };
  let held = () => {};
  const deafened = new Promise<void>((resolve) => {
    held = resolve;
  });
  const server = net.createServer((near) => {
    const own = mood;
    const far = net.connect(to, '127.0.0.1');
    for (const [from, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => other.destroy());
      from.on('close', () => {
        sockets.delete(from);
        other.destroy();
      });
    }
    near.on('data', (bytes) => {
      if (!own.silent) far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (own.silent) return;
      if (own.deafTo !== undefined && bytes.includes(own.deafTo)) {
        own.silent = true;
        held();
        return;
      }
      near.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as net.AddressInfo).port,
    silence() {
      mood.silent = true;
    },
    deafen(words = '') {
      mood.deafTo = words;
    },
    deafened: () => deafened,
    speak() {
      mood = { silent: false, deafTo: undefined };
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
