import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** Where a request comes from, as far as it can be believed. */
export interface Client {
  /** The address of who asks, in its shortest form; empty where the connection has ended already. */
  readonly address: string;
  /** The scheme by which it was asked for; undefined where nobody who is believed has said it. */
  readonly scheme: 'http' | 'https' | undefined;
  /** Whether a trusted proxy has passed it on. */
  readonly byProxy: boolean;
}

/** Whose word counts on where a request comes from. */
export class Proxies {
  readonly #trusted = new BlockList();

  /** @param list - addresses and networks, as {@link parseProxies} gives them. */
  constructor(list: readonly string[] = []) {
    for (const each of list) {
      const [address = '', prefix] = each.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(prefix), family);
    }
  }

  trusts(address: string): boolean {
    return isIP(address) !== 0 && this.#trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }

  /**
   * Where a request comes from. Each trusted proxy has put behind what it was told whom it has it from, so the list of
   * X-Forwarded-For is read from its end up to the first address that is not trusted: what stands before that, anybody
   * can have written.
   */
  clientOf({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): Client {
    const peer = plainAddress(socket.remoteAddress ?? '');
    if (!this.trusts(peer)) return { address: peer, scheme: undefined, byProxy: false };
    let address = peer;
    for (const entry of listed(headers['x-forwarded-for']).reverse()) {
      const before = plainAddress(entry);
      if (!this.trusts(address) || isIP(before) === 0) break;
      address = before;
    }
    const scheme = listed(headers['x-forwarded-proto']).at(-1)?.toLowerCase();
    const known = scheme === 'http' || scheme === 'https' ? scheme : undefined;
    return { address, scheme: known, byProxy: true };
  }
}

/**
 * Addresses and networks such as `127.0.0.1, 10.0.0.0/8 fd00::/8`, apart by commas or blanks; undefined where one is
 * neither.
 */
export function parseProxies(text: string): string[] | undefined {
  const list = text.split(/[\s,]+/).filter((each) => each !== '');
  return list.every(isNetwork) ? list : undefined;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  // A zone is of one machine's interface, and no list knows it.
  if (more.length > 0 || isIP(address) === 0 || address.includes('%')) return false;
  const bits = isIPv6(address) ? 128 : 32;
  return prefix === undefined || (/^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits);
}

/**
 * The network that an address is counted with: itself, or the first 64 bits of IPv6, which are one customer's, who has all
 * addresses in it.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const { hostname } = new URL(`http://[${address}]`);
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const groups = (part = '') => part.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: 8 - groups(head).length - groups(tail).length }, () => '0');
  return [...groups(head), ...zeros, ...groups(tail)].slice(0, 4).join(':');
}

/** An address without a port, brackets or a zone; IPv4 that is written as IPv6 is IPv4. */
export function plainAddress(text: string): string {
  const bare = /^\[([^\]]*)\](:\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  return bare.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
}

function listed(header: string | readonly string[] | undefined): string[] {
  return String(header ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
