import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { ImpastoError } from '../nst/errors.ts';

const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/** Where to listen. */
export interface ListenOptions {
  /** Name or address. */
  readonly host: string;
  /** 0 is any free one. */
  readonly port: number;
  /** What the variables that say so begin with: `IMPASTO_HTTP` for IMPASTO_HTTP_HOST and IMPASTO_HTTP_PORT. */
  readonly variables: string;
  /** How to have no server at all, as the end of the advice `…, or set`. */
  readonly otherwise: string;
}

/** Where a server listens. */
export interface Listening {
  /** Such as `http://127.0.0.1:8460`. */
  readonly url: string;
  /** Whether only this machine can reach it. */
  readonly onlyLoopback: boolean;
}

/**
 * Lets a server listen.
 *
 * @throws ImpastoError `bad-setting` when it cannot listen there; it names the variable.
 */
export async function listen(server: Server, options: ListenOptions): Promise<Listening> {
  const { host, port, variables, otherwise } = options;
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = { EADDRINUSE: 'is in use already', EACCES: 'is not open to this user' }[code ?? ''];
    if (reason !== undefined) {
      throw new ImpastoError('bad-setting', `${variables}_PORT is ${port}, but this port ${reason}.`, {
        advice: `Set ${variables}_PORT to another port, to 0 for any free one, or ${otherwise}.`,
        cause,
      });
    }
    throw new ImpastoError('bad-setting', `${variables}_HOST is ${host}, but no one can listen there.`, {
      advice: `Set ${variables}_HOST to an address of this machine; 127.0.0.1 always is one.`,
      cause,
    });
  }
  const address = server.address() as AddressInfo;
  return {
    url: `http://${isIPv6(host) ? `[${host}]` : host}:${address.port}`,
    onlyLoopback: LOOPBACK_ADDRESS.test(address.address),
  };
}

/** Whether a host, as a configuration names it, is this machine for itself alone. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_ADDRESS.test(host) || host.toLowerCase() === 'localhost';
}

/**
 * Whether a request's Host header names this machine. What listens on loopback answers no other: a page on a name that
 * its owner points to 127.0.0.1 could read it otherwise.
 */
export function namesLoopback(hostHeader: string): boolean {
  return LOOPBACK_HOST.test(hostHeader);
}
