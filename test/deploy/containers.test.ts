import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig, VARIABLES } from '../../src/config.ts';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

const dockerfile = read('Dockerfile');
const COMPOSE = ['compose.single.yaml', 'compose.yaml'];

/** What a compose file sets, as it is written. */
function settings(compose: string): [name: string, value: string][] {
  return [...read(compose).matchAll(/^ +(IMPASTO_\w+): (.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value === '""' ? '' : value,
  ]);
}

describe('the image', () => {
  it('has all that the published package has', () => {
    const { files } = JSON.parse(read('package.json')) as { files: string[] };
    const copied = [...dockerfile.matchAll(/^COPY (?:--\S+ )*(.+)$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );
    const names = files.map((file) => file.split('/')[0] as string);
    expect(copied).toEqual(expect.arrayContaining(names));
    const allowed = read('.dockerignore').split('\n');
    const given = names.filter((name) => name !== 'dist').map((name) => `!${name}`);
    expect(allowed).toEqual(expect.arrayContaining(given));
  });

  it('takes nothing from the folder that it is not told to take', () => {
    expect(read('.dockerignore').replace(/^#.*\n/gm, '')).toMatch(/^\*\n/);
  });
});

describe('the health check of the image', () => {
  const [node, ...args] = JSON.parse(/HEALTHCHECK[^[]+(\[.+\])$/m.exec(dockerfile)?.[1] ?? '') as string[];
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/healthz' ? status : 404;
    response.end();
  });
  let status = 200;
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it.each([
    { answer: 200, exit: 0 },
    { answer: 503, exit: 1 },
    { answer: undefined, exit: 1 },
  ])('exits with $exit when the bot answers $answer', async ({ answer, exit }) => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    if (answer === undefined) server.close();
    else status = answer;
    expect(node).toBe('node');
    expect(await check({ IMPASTO_HTTP_PORT: String(port) })).toBe(exit);
  });

  const hasIpv6 = Object.values(os.networkInterfaces()).some((each) =>
    each?.some(({ address }) => address === '::1'),
  );
  it.for([
    { host: '', address: '127.0.0.1' },
    { host: '0.0.0.0', address: '127.0.0.1' },
    { host: '::1', address: '::1' },
    { host: '::', address: '::1' },
  ])('asks where the bot listens: $host', async ({ host, address }, { skip }) => {
    skip(address === '::1' && !hasIpv6, 'this machine has no IPv6');
    server.listen(0, address);
    await once(server, 'listening');
    status = 200;
    const { port } = server.address() as AddressInfo;
    const variables = { IMPASTO_HTTP_HOST: host, IMPASTO_HTTP_PORT: String(port) };
    expect(await check(variables)).toBe(0);
    status = 503;
    expect(await check(variables)).toBe(1);
  });

  it('is content where nothing is served', async () => {
    expect(await check({ IMPASTO_HTTP_PORT: 'off' })).toBe(0);
  });

  async function check(env: Record<string, string>): Promise<number> {
    const [code] = await once(execFile(process.execPath, args, { env }), 'exit');
    return code;
  }
});

describe.each(['Dockerfile', ...COMPOSE])('%s', (file) => {
  it('names only variables that Impasto reads', () => {
    const named = [...read(file).matchAll(/IMPASTO_[A-Z_]+/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !VARIABLES.includes(name))).toEqual([]);
  });
});

describe.each(COMPOSE)('%s', (file) => {
  it('sets what Impasto takes', () => {
    const plain = settings(file).filter(([, value]) => !value.includes('$'));
    expect(plain.length).toBeGreaterThan(0);
    expect(readConfig(Object.fromEntries(plain), '').warnings).toEqual([]);
  });

  it('gives a stop more time than Impasto takes for it', () => {
    const { stopMs } = readConfig(
      Object.fromEntries(settings(file).filter(([name]) => name === 'IMPASTO_STOP_SECONDS')),
      '',
    );
    const grace = [...read(file).matchAll(/stop_grace_period: (\d+)s/g)].map(([, seconds]) =>
      Number(seconds),
    );
    expect(Math.min(...grace) * 1000).toBeGreaterThan(stopMs);
  });
});

describe('a worker of compose.yaml', () => {
  it('gets no secret of a chat or of the database', () => {
    const secrets = VARIABLES.filter((name) => /^IMPASTO_.*(TOKEN|SECRET|DATABASE_URL)/.test(name));
    const blank = settings('compose.yaml').filter(([, value]) => value === '');
    expect(blank.map(([name]) => name)).toEqual(expect.arrayContaining(secrets));
  });
});
