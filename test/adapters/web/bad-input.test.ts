import { request } from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { StudioOptions } from '../../../src/adapters/web/adapter.ts';
import { ROOM } from '../../../src/adapters/web/room.ts';
import { ask, rawRequest, StudioVisitor, startStudio } from '../../support/studio.ts';

const TOKEN = 'a token of sufficient length'.replaceAll(' ', '-');

const opened = async (options: Partial<StudioOptions> = {}) => {
  const studio = await startStudio(options);
  return { studio, ann: await StudioVisitor.enter(studio.url) };
};

describe('The studio', () => {
  it('refuses what another site’s page sends, by its origin and by what the browser says of it', async () => {
    const { studio, ann } = await opened();
    await using _ = studio;
    for (const headers of [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      const { status, body } = await ann.ask('/api/commands', { json: { command: 'help' }, headers });
      expect(status).toBe(403);
      expect(body).toMatchObject({ code: 'not-allowed', message: 'This came from another site.' });
    }
    expect(studio.bot.commands).toHaveLength(0);
  });

  it('refuses a form of another site, which needs no permission to be sent', async () => {
    const { studio, ann } = await opened();
    await using _ = studio;
    const bytes = Buffer.from(JSON.stringify({ command: 'help' }));
    const { status } = await ann.ask('/api/commands', { bytes, headers: { 'content-type': 'text/plain' } });
    expect(status).toBe(400);
    expect(studio.bot.commands).toHaveLength(0);
  });

  it('answers to no name but this machine’s, so that no other can be pointed at it', async () => {
    const { studio } = await opened();
    await using _ = studio;
    expect((await rawRequest(studio.url, '/', { host: 'evil.example' })).status).toBe(403);
    expect((await rawRequest(studio.url, '/', { host: 'localhost:1234' })).status).toBe(200);
  });

  it('tells the browser to load nothing from elsewhere, to guess no type, and to let nobody frame it', async () => {
    const { studio } = await opened();
    await using _ = studio;
    const { headers } = await ask(studio.url, '/');
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('refuses a picture that says it is too large before it has come', async () => {
    const { studio, ann } = await opened({ maxBytes: 1000 });
    await using _ = studio;
    const { status, body } = await ann.ask('/api/uploads', { bytes: new Uint8Array(1001) });
    expect(status).toBe(413);
    expect(body).toMatchObject({ code: 'picture-too-large', advice: 'Use a smaller one.' });
  });

  it('refuses a picture that says nothing of its size while it streams in', async () => {
    const { studio, ann } = await opened({ maxBytes: 100_000 });
    await using _ = studio;
    const asked = request(`${studio.url}/api/uploads`, {
      method: 'POST',
      headers: { 'impasto-pass': ann.pass, 'transfer-encoding': 'chunked' },
    });
    asked.on('error', () => {});
    // It is never ended: only an answer that comes meanwhile ends the test.
    const response = new Promise<import('node:http').IncomingMessage>((resolve) =>
      asked.on('response', resolve),
    );
    for (let sent = 0; sent < 5; sent++) asked.write(new Uint8Array(50_000));
    const answered = await response;
    expect(answered.statusCode).toBe(413);
    expect(JSON.parse(await text(answered))).toMatchObject({ code: 'picture-too-large' });
    asked.destroy();
  });

  it('ends a request that stalls, with 408', async () => {
    const { studio, ann } = await opened({ requestMs: 300 });
    await using _ = studio;
    const socket = net.connect(Number(new URL(studio.url).port), '127.0.0.1');
    socket.write(
      `POST /api/uploads HTTP/1.1\r\nhost: 127.0.0.1\r\nimpasto-pass: ${ann.pass}\r\ncontent-length: 500\r\n\r\nbeg`,
    );
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408/);
    expect((await ann.ask('/api/me')).status).toBe(200);
  });

  it('takes so many open streams, refuses others with a reason, and serves on', async () => {
    const { studio, ann } = await opened({ streams: { all: 20, ofPerson: 3 } });
    await using _ = studio;
    const stop = new AbortController();
    const listen = (visitor: StudioVisitor) =>
      fetch(`${studio.url}/api/updates`, {
        headers: { 'impasto-pass': visitor.pass, accept: 'text/event-stream' },
        signal: stop.signal,
      });
    const crowd = await Promise.all(
      Array.from({ length: 250 }, (_each, index) => StudioVisitor.enter(studio.url, `Guest ${index}`)),
    );
    const answers = await Promise.all(
      crowd.flatMap((guest) => Array.from({ length: 4 }, () => listen(guest))),
    );
    expect(answers).toHaveLength(1000);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(980);
    expect(refused[0]?.headers.get('retry-after')).toBe('5');
    expect(await refused[0]?.json()).toMatchObject({ code: 'over-limit' });
    await studio.adapter.post(ROOM, { text: 'Good day' }, 'key');
    expect((await ann.messages()).map(({ text: said }) => said)).toEqual(['Good day']);
    stop.abort();
  });

  it('knows no pass that it has not signed, and no pass of another studio', async () => {
    const { studio, ann } = await opened();
    await using _ = studio;
    const other = await startStudio();
    await using __ = other;
    const [, signature] = ann.pass.split('.');
    const bob = await StudioVisitor.enter(studio.url, 'Bob');
    for (const pass of ['', ann.person.id, `${bob.person.id}.${signature}`, `${ann.pass}x`]) {
      const { status, body } = await new StudioVisitor(studio.url, pass, ann.person).command('help');
      expect(status).toBe(401);
      expect(body.code).toBe('unknown-user');
    }
    expect((await new StudioVisitor(other.url, ann.pass, ann.person).ask('/api/me')).status).toBe(401);
    expect(studio.bot.commands).toHaveLength(0);
  });

  it('presses no button that a message does not have, and shows nobody what is another’s', async () => {
    const { studio, ann } = await opened();
    await using _ = studio;
    const button = { action: 'remove', emoji: '❌', label: 'delete', jobId: 'k3f9x2mq' };
    const { message } = await studio.adapter.post(ROOM, { text: 'result', buttons: [button] }, 'key');
    const forged = await ann.act(message, 'remove', { jobId: 'aaaaaaaa' });
    expect([forged.status, forged.body.code]).toEqual([404, 'unknown-job']);
    const secret = await studio.adapter.direct('bob', { text: 'for Bob' }, 'key');
    expect((await ann.act(secret.message, '➕')).body.code).toBe('message-gone');
    expect(JSON.stringify(await ann.updates())).not.toContain('for Bob');
    expect(studio.bot.actions).toHaveLength(0);
  });

  it('lets nobody use a picture that another has sent', async () => {
    const { studio, ann } = await opened();
    await using _ = studio;
    const bob = await StudioVisitor.enter(studio.url, 'Bob');
    const content = await ann.upload(new Uint8Array(10));
    const { status, body } = await bob.command('stylize', {}, { uploads: { content } });
    expect([status, body.code]).toEqual([404, 'picture-gone']);
  });

  it('takes HTML in a name as the text that it is, and no name that cannot be seen', async () => {
    const { studio } = await opened();
    await using _ = studio;
    const name = '<img src=x onerror=1>';
    expect((await StudioVisitor.enter(studio.url, name)).person.name).toBe(name);
    for (const bad of ['', '\u202e\u200b', 'x'.repeat(41)]) {
      const { status, body } = await ask(studio.url, '/api/people', { json: { name: bad } });
      expect([status, body.code]).toEqual([400, 'bad-setting']);
    }
  });

  it('serves no file but its own', async () => {
    const { studio } = await opened();
    await using _ = studio;
    for (const address of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/pictures/..%2fsecret',
      '/gallery/x',
    ]) {
      expect((await rawRequest(studio.url, address, {})).status).toBeGreaterThanOrEqual(400);
    }
  });

  it('asks for its token, where it has one', async () => {
    const studio = await startStudio({ token: TOKEN });
    await using _ = studio;
    expect((await ask(studio.url, '/api/studio')).status).toBe(403);
    const right = await ask(studio.url, '/api/door', { json: { token: TOKEN } });
    const cookie = right.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    expect((await ask(studio.url, '/api/studio', { headers })).status).toBe(200);
  });
});
