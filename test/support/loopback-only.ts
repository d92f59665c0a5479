import net from 'node:net';

/**
 * Tests may talk to this machine only: a connection to any other host throws before a packet leaves.
 * Every TCP client in Node, fetch included, connects through net.Socket.
 */
const loopback = /^(127\.|::1$|localhost$|$)/;
const connect = net.Socket.prototype.connect;

function hostOf(args: unknown[]): string {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (typeof first === 'object' && first !== null) {
    const options = first as { host?: string; path?: string };
    return options.path ? '' : (options.host ?? 'localhost');
  }
  return typeof args[1] === 'string' ? args[1] : 'localhost';
}

net.Socket.prototype.connect = function guarded(this: net.Socket, ...args: unknown[]) {
  const host = hostOf(args);
  if (!loopback.test(host))
    throw new Error(`A test tried to connect to ${host}; tests stay on this machine.`);
  return Reflect.apply(connect, this, args);
} as typeof net.Socket.prototype.connect;
