import { describe, expect, it } from 'vitest';
import { networkOf, Proxies } from '../../src/http/proxies.ts';

const request = (peer: string, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress: peer }, headers }) as unknown as Parameters<Proxies['clientOf']>[0];
const forwarded = (list: string) => ({ 'x-forwarded-for': list });

describe('where a request comes from', () => {
  const proxies = new Proxies(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);

  it('is the connection’s other end, whatever it says, where it is no trusted proxy', () => {
    const headers = { ...forwarded('1.1.1.1'), 'x-forwarded-proto': 'https' };
    const client = { address: '9.9.9.9', scheme: undefined, byProxy: false };
    expect(proxies.clientOf(request('9.9.9.9', headers))).toEqual(client);
    expect(new Proxies().clientOf(request('127.0.0.1', headers)).address).toBe('127.0.0.1');
  });

  it.each([
    ['what a trusted proxy says', '127.0.0.1', '8.8.8.8', '8.8.8.8'],
    ['what the last of several trusted proxies was told by', 'fd00::2', '8.8.8.8, 10.1.1.1', '8.8.8.8'],
    ['not what somebody has written before it came to a proxy', '127.0.0.1', '6.6.6.6, 8.8.8.8', '8.8.8.8'],
    ['nothing before what is no address', '127.0.0.1', '8.8.8.8, unknown, 10.2.2.2', '10.2.2.2'],
    ['the proxy, where it says nothing', '10.0.0.9', '', '10.0.0.9'],
    ['without its port', '127.0.0.1', '[2001:db8::1]:443', '2001:db8::1'],
    ['without its port in IPv4, too', '::ffff:127.0.0.1', '8.8.8.8:1024', '8.8.8.8'],
  ])('is %s', (_, peer, list, address) => {
    expect(proxies.clientOf(request(peer, forwarded(list)))).toMatchObject({ address, byProxy: true });
  });

  it('has the scheme that a trusted proxy was asked by', () => {
    const scheme = (said: string) =>
      proxies.clientOf(request('127.0.0.1', { 'x-forwarded-proto': said })).scheme;
    expect(['https', 'HTTP', 'http, https', 'gopher', ''].map(scheme)).toEqual([
      'https',
      'http',
      'https',
      undefined,
      undefined,
    ]);
  });
});

describe('the network of an address', () => {
  it('is the address in IPv4, and its first 64 bits in IPv6, however it is written', () => {
    expect(networkOf('192.0.2.7')).toBe('192.0.2.7');
    expect(networkOf('2001:db8:0:1::5')).toBe('2001:db8:0:1');
    expect(networkOf('2001:0DB8:0000:0001:a:b:c:d')).toBe('2001:db8:0:1');
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0');
    expect(networkOf('::1')).toBe('0:0:0:0');
    expect(networkOf('nobody')).toBe('nobody');
  });
});
