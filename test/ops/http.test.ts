import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type OpsOptions, type OpsServer, serveOps } from '../../src/ops/http.ts';

const logged: unknown[] = [];
const servers: OpsServer[] = [];
afterEach(async () => {
  logged.length = 0;
  for (const server of servers.splice(0)) await server.close();
});

async function serve(options: Partial<OpsOptions> = {}): Promise<OpsServer> {
  const server = await serveOps({
    host: '127.0.0.1',
    port: 0,
    metrics: { contentType: 'text/plain; version=0.0.4', text: async () => 'impasto_painters 1\n' },
    health: async () => ({ problems: [], details: { version: '1.2.3' } }),
    log: { error: (...args: unknown[]) => void logged.push(args) } as OpsOptions['log'],
    ...options,
  });
  servers.push(server);
  return server;
}

interface Response {
  status: number | undefined;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** Asks as no browser would: with any path, method and Host. */
async function ask(server: OpsServer, path: string, options: http.RequestOptions = {}): Promise<Response> {
  const { hostname, port } = new URL(server.url);
  const request = http.request({ host: hostname.replace('0.0.0.0', '127.0.0.1'), port, path, ...options });
  request.end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

const never = () => new Promise<never>(() => undefined);

describe('/healthz', () => {
  it('is 200 with details when all is well', async () => {
    const { status, headers, body } = await ask(await serve(), '/healthz');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(JSON.parse(body)).toEqual({ status: 'ok', version: '1.2.3' });
  });

  it('is 503 with what is wrong, whatever the details say', async () => {
    const problems = ['Discord is not connected.'];
    const server = await serve({ health: async () => ({ problems, details: { status: 'ok', waiting: 3 } }) });
    const { status, body } = await ask(server, '/healthz');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({ status: 'failing', problems, waiting: 3 });
  });

  it('is 503 when the check throws, and keeps its words for the log', async () => {
    const err = new Error('/home/somebody is gone');
    const server = await serve({ health: () => Promise.reject(err) });
    const { status, body } = await ask(server, '/healthz');
    expect(status).toBe(503);
    expect(body).not.toContain('somebody');
    expect(logged).toEqual([[{ err }, expect.any(String)]]);
  });

  it('is 503 when the check does not come to an end', async () => {
    const { status } = await ask(await serve({ health: never, answerWithinMs: 1 }), '/healthz');
    expect(status).toBe(503);
  });

  it('is 503 when the check cannot even begin, or tells what cannot be written', async () => {
    const broken = await serve({
      health: () => {
        throw new Error('broken');
      },
    });
    expect((await ask(broken, '/healthz')).status).toBe(503);
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const strange = await serve({ health: async () => ({ problems: [], details: circular }) });
    expect((await ask(strange, '/healthz')).status).toBe(503);
    expect(logged).toHaveLength(2);
  });
});

describe('/metrics', () => {
  it('is the figures in their own media type', async () => {
    const { status, headers, body } = await ask(await serve(), '/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4');
    expect(body).toBe('impasto_painters 1\n');
  });

  it('is 503 when they fail or do not come', async () => {
    for (const text of [never, () => Promise.reject(new Error('lost'))]) {
      const server = await serve({ metrics: { contentType: 'text/plain', text }, answerWithinMs: 1 });
      expect((await ask(server, '/metrics')).status).toBe(503);
    }
  });
});

describe('The server', () => {
  it('answers HEAD like GET, without a body', async () => {
    const server = await serve();
    const get = await ask(server, '/healthz');
    const head = await ask(server, '/healthz', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
  });

  it.each([
    '/',
    '/healthz/',
    '/healthz?x=1',
    '//healthz',
    '/HEALTHZ',
    '/metrics/../healthz',
    '/%68ealthz',
    '*',
  ])('has nothing at %s', async (path) => {
    expect((await ask(await serve(), path)).status).toBe(404);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('does not understand %s', async (method) => {
    const { status, headers } = await ask(await serve(), '/metrics', { method });
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET, HEAD');
  });

  it('lets nobody guess types or keep answers', async () => {
    const server = await serve();
    for (const [path, method] of [['/healthz'], ['/metrics'], ['/other'], ['/healthz', 'POST']] as const) {
      const { headers } = await ask(server, path, { method });
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    }
  });

  it.each(['localhost', 'LOCALHOST:80', '127.0.0.1:8460', '127.1.2.3', '[::1]:8460'])(
    'on loopback answers to the host %s',
    async (host) => {
      expect((await ask(await serve(), '/healthz', { headers: { host } })).status).toBe(200);
    },
  );

  it.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80', '10.0.0.1', 'a@localhost'])(
    'on loopback refuses the host “%s”',
    async (host) => {
      const { status, body } = await ask(await serve(), '/metrics', { headers: { host } });
      expect(status).toBe(403);
      expect(body).not.toContain('impasto_painters');
    },
  );

  it('answers to any host when it listens beyond loopback', async () => {
    const server = await serve({ host: '0.0.0.0' });
    expect((await ask(server, '/healthz', { headers: { host: 'ops.example' } })).status).toBe(200);
  });

  it('tells of a port in use by the name of its variable', async () => {
    const port = Number(new URL((await serve()).url).port);
    await expect(serve({ port })).rejects.toMatchObject({
      code: 'bad-setting',
      message: `IMPASTO_HTTP_PORT is ${port}, but this port is in use already.`,
      advice: expect.stringContaining('IMPASTO_HTTP_PORT'),
    });
  });

  it('tells of an address that is not this machine’s by the name of its variable', async () => {
    await expect(serve({ host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'bad-setting',
      message: expect.stringContaining('IMPASTO_HTTP_HOST is 192.0.2.1'),
    });
  });

  it('ends idle connections and unanswered requests when it closes', async () => {
    const checks = new EventEmitter();
    const server = await serve({
      health: () => {
        checks.emit('begun');
        return never();
      },
    });
    const agent = new http.Agent({ keepAlive: true });
    const idle = once(agent, 'free') as Promise<[Socket]>;
    await ask(server, '/metrics', { agent });
    const [socket] = await idle;
    const begun = once(checks, 'begun');
    const unanswered = ask(server, '/healthz').catch((error: NodeJS.ErrnoException) => error.code);
    await begun;
    const ended = once(socket, 'close');
    await server.close();
    await ended;
    expect(await unanswered).toBe('ECONNRESET');
    await expect(ask(server, '/metrics')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('closes twice as well as once', async () => {
    const server = await serve();
    await Promise.all([server.close(), server.close()]);
  });
});
