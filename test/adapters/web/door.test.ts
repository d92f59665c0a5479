import { once } from 'node:events';
import { request } from 'node:http';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import type { StudioOptions } from '../../../src/adapters/web/adapter.ts';
import { Throttle } from '../../../src/adapters/web/throttle.ts';
import { createLog } from '../../../src/ops/log.ts';
import { ask, rawRequest, startStudio } from '../../support/studio.ts';

const TOKEN = 'a-token-of-sufficient-length';
const PROXY = { token: TOKEN, trustedProxies: ['127.0.0.1'] };

/** A studio, and tokens shown at its door by whom a proxy may say. */
async function doorOf(options: Partial<StudioOptions>) {
  const studio = await startStudio(options);
  const show = async (token: string, from?: string) => {
    const headers: Record<string, string> = from === undefined ? {} : { 'x-forwarded-for': from };
    return (await ask(studio.url, '/api/door', { json: { token }, headers })).status;
  };
  const wrong = async (times: number, from?: string) => {
    const answers = [];
    for (let time = 0; time < times; time++) answers.push(await show('wrong', from));
    return answers;
  };
  return { studio, show, wrong };
}

describe('The studio’s door', () => {
  it('asks who has shown ten wrong tokens for patience, and lets the right one in all the same', async () => {
    const { studio, show, wrong } = await doorOf({ token: TOKEN });
    await using _ = studio;
    expect(await wrong(11)).toEqual([...Array(10).fill(403), 429]);
    expect(await show(TOKEN)).toBe(200);
    expect(await wrong(1)).toEqual([429]);
  });

  it('holds wrong tokens against nobody else than who has shown them', async () => {
    const { studio, wrong } = await doorOf(PROXY);
    await using _ = studio;
    expect((await wrong(11, '2001:db8::1')).at(-1)).toBe(429);
    expect(await wrong(1, '2001:db8::ffff:2')).toEqual([429]);
    expect(await wrong(1, '2001:db8:0:1::1')).toEqual([403]);
    expect(await wrong(1, '192.0.2.1')).toEqual([403]);
  });

  it('takes nobody’s word but a trusted proxy’s on who it is', async () => {
    const { studio, wrong } = await doorOf({ token: TOKEN, trustedProxies: ['192.0.2.0/24'] });
    await using _ = studio;
    for (const from of ['1.1.1.1', '2.2.2.2']) await wrong(5, from);
    expect(await wrong(1, '3.3.3.3')).toEqual([429]);
  });

  it('warns once of a proxy that nobody has named, without a word of what was sent', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'warn', destination: { write: (line) => void lines.push(line) } });
    const { studio, wrong } = await doorOf({ token: TOKEN, log });
    await using _ = studio;
    await wrong(1);
    expect(lines).toEqual([]);
    for (const from of ['192.0.2.1', '192.0.2.2']) await wrong(1, from);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('IMPASTO_TRUSTED_PROXY');
    expect(lines[0]).not.toContain('192.0.2');
    await studio.restart({ trustedProxies: ['127.0.0.1'] });
    await wrong(1, '192.0.2.3');
    expect(lines).toHaveLength(1);
  });

  it('gives a cookie for HTTPS alone where a trusted proxy says that it speaks HTTPS', async () => {
    const { studio } = await doorOf(PROXY);
    await using _ = studio;
    const cookie = async (headers: Record<string, string>) => {
      const { headers: answered } = await ask(studio.url, '/api/door', { json: { token: TOKEN }, headers });
      return answered.get('set-cookie');
    };
    expect(await cookie({ 'x-forwarded-proto': 'https' })).toMatch(/; Secure/);
    expect(await cookie({ 'x-forwarded-proto': 'http' })).not.toMatch(/Secure/);
    expect(await cookie({})).not.toMatch(/Secure/);
    await studio.restart({ trustedProxies: [] });
    expect(await cookie({ 'x-forwarded-proto': 'https' })).not.toMatch(/Secure/);
  });

  it('is reached behind a trusted proxy by its name there, from its own pages alone', async () => {
    const { studio } = await doorOf(PROXY);
    await using _ = studio;
    const host = 'studio.example';
    const door = async (headers: Record<string, string>) =>
      (await rawRequest(studio.url, '/api/door', { host, 'x-forwarded-for': '8.8.8.8', ...headers })).status;
    const https = { 'x-forwarded-proto': 'https' };
    expect(await door({ ...https, origin: `https://${host}` })).toBe(200);
    expect(await door({ ...https, origin: `http://${host}` })).toBe(403);
    expect(await door({ ...https, origin: 'https://evil.example' })).toBe(403);
    expect(await door({ 'x-forwarded-proto': 'http', origin: `https://${host}` })).toBe(403);
    expect(await door({ origin: `https://${host}` })).toBe(200);
    await studio.restart({ trustedProxies: [] });
    expect(await door({ ...https, origin: `https://${host}` })).toBe(403);
  });

  it('without a token is reached by no other name, even where a proxy is trusted', async () => {
    const { studio } = await doorOf({ trustedProxies: ['127.0.0.1'] });
    await using _ = studio;
    expect((await rawRequest(studio.url, '/', { host: 'evil.example' })).status).toBe(403);
  });
});

describe('What is remembered of networks', () => {
  it('is bounded, and forgets those first that were longest without an entry', () => {
    const throttle = new Throttle({ most: 1, withinMs: 60_000, networks: 3 });
    for (const network of ['a', 'b', 'c', 'a', 'd']) throttle.note(network);
    expect(['a', 'b', 'c', 'd'].filter((network) => throttle.hasHadEnough(network))).toEqual(['a', 'c', 'd']);
  });
});

describe('Who comes slowly to the studio', () => {
  it('keeps nobody out, by any number of connections', async () => {
    const studio = await startStudio({ connections: { all: 30, ofNetwork: 30 } });
    await using _ = studio;
    const { port } = new URL(studio.url);
    const sockets = Array.from({ length: 60 }, () => net.connect(Number(port), '127.0.0.1'));
    for (const socket of sockets) {
      socket.on('error', () => {});
      const type = 'content-type: application/json\r\ncontent-length: 1000';
      socket.write(`POST /api/door HTTP/1.1\r\nhost: 127.0.0.1\r\n${type}\r\n\r\n{`);
    }
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    expect((await ask(studio.url, '/api/door')).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  it('behind a proxy has a bounded number of requests in hand, and others have theirs', async () => {
    const studio = await startStudio({ trustedProxies: ['127.0.0.1'] });
    await using _ = studio;
    const from = (address: string) => ({ 'x-forwarded-for': address, connection: 'close' });
    const slow = Array.from({ length: 100 }, () => {
      const headers = { ...from('192.0.2.1'), 'content-length': '10', 'content-type': 'application/json' };
      const asked = request(`${studio.url}/api/door`, { method: 'POST', headers, agent: false });
      asked.on('error', () => {}).write('{');
      return asked;
    });
    const status = async (address: string) =>
      (await rawRequest(studio.url, '/api/door', from(address))).status;
    await expect.poll(() => status('192.0.2.1')).toBe(429);
    expect(await status('192.0.2.2')).toBe(200);
    for (const asked of slow) asked.destroy();
    await expect.poll(() => status('192.0.2.1')).toBe(200);
  });
});
