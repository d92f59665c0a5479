import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { doctorCommand } from '../../../src/cli/doctor.ts';
import type { Check } from '../../../src/core/check.ts';
import { checkRedis } from '../../../src/queue/redis/doctor.ts';
import { Roster } from '../../../src/queue/redis/roster.ts';
import { noRedis, RedisServer } from '../../support/redis.ts';
import { Stage } from './support.ts';

const SECRET = 'top-secret';

async function found(url: string, prefix?: string): Promise<Check[]> {
  const checks: Check[] = [];
  for await (const check of checkRedis({ url, prefix })) checks.push(check);
  return checks;
}

/** A way to a Redis that says another version of itself. */
async function disguised({ port }: RedisServer, version: string): Promise<string> {
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    client.pipe(upstream);
    upstream.on('data', (chunk) =>
      client.write(String(chunk).replace(/redis_version:\d\.\d/, `redis_version:${version}`)),
    );
    client.on('close', () => upstream.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.skipIf(noRedis)(`The doctor on Redis${noRedis ? `: ${noRedis}` : ''}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  it('tells its address and version, that it keeps nothing, and that nobody paints', async () => {
    expect(await found(server.url)).toEqual([
      {
        state: 'good',
        text: expect.stringMatching(
          new RegExp(`^Redis at 127\\.0\\.0\\.1:${server.port} answers: version \\d+\\.\\d+`),
        ),
      },
      {
        state: 'note',
        text: expect.stringContaining('keeps nothing over a restart'),
        advice: expect.stringContaining('`redis-cli CONFIG SET appendonly yes`'),
      },
      {
        state: 'note',
        text: 'No painter is at work on this Redis',
        advice: expect.stringContaining('`impasto worker`'),
      },
    ]);
  });

  it('counts the painters of the workers that live, under its own prefix', async () => {
    const stage = new Stage(server);
    const roster = new Roster(await stage.link());
    await roster.beat('one', 1, 60_000);
    expect((await found(server.url, stage.prefix)).at(-1)).toEqual({
      state: 'good',
      text: 'One painter is at work on this Redis',
    });
    await roster.beat('other', 3, 60_000);
    expect((await found(server.url, stage.prefix)).at(-1)?.text).toBe('4 painters are at work on this Redis');
  });

  it('takes a server that may drop jobs for one to be mended, and says how', async () => {
    const redis = server.look();
    onTestFinished(() => redis.disconnect());
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await found(server.url)).toContainEqual({
      state: 'bad',
      text: expect.stringContaining('maxmemory-policy allkeys-lru'),
      advice: expect.stringContaining('`redis-cli CONFIG SET maxmemory-policy noeviction`'),
    });
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    expect((await found(server.url)).filter(({ state }) => state === 'bad')).toEqual([]);
  });

  it.each([
    ['appendonly', 'yes'],
    ['save', '60 1'],
  ])('is content with a server that has %s %s', async (name, value) => {
    const own = await RedisServer.start();
    onTestFinished(() => own.stop());
    const redis = own.look();
    onTestFinished(() => redis.disconnect());
    await redis.config('SET', name, value);
    expect((await found(own.url)).map(({ text }) => text).join()).not.toContain('keeps nothing');
  });

  it.each([
    ['6.0', 'bad'],
    ['5.9', 'bad'],
    ['6.2', 'good'],
    ['8.0', 'good'],
  ])('on version %s is %s', async (version, state) => {
    const [first] = await found(await disguised(server, version));
    expect(first).toMatchObject({ state, text: expect.stringContaining(`version ${version}.`) });
  });

  it('says why one cannot be used, and no password', async () => {
    const own = await RedisServer.start({ password: SECRET });
    onTestFinished(() => own.stop());
    const withPassword = (password: string) => own.url.replace('//', `//:${password}@`);
    const right = await found(withPassword(SECRET));
    expect(right[0]).toMatchObject({ state: 'good' });
    const wrong = await found(withPassword(`${SECRET}-not`));
    expect(wrong).toMatchObject([{ state: 'bad', text: expect.stringContaining('(WRONGPASS)') }]);
    await own.kill();
    const away = await found(withPassword(SECRET));
    expect(away).toMatchObject([
      {
        state: 'bad',
        text: `Redis at 127.0.0.1:${own.port} cannot be reached (ECONNREFUSED)`,
        advice: expect.stringContaining('IMPASTO_REDIS_URL'),
      },
    ]);
    expect(JSON.stringify([right, wrong, away])).not.toContain(SECRET);
  });

  it('is asked by impasto doctor where a Redis is configured', async () => {
    const said: string[] = [];
    const stdout = new Writable({
      write(chunk, _encoding, done) {
        said.push(String(chunk));
        done();
      },
    });
    const config = { discordToken: undefined, warnings: [], redisUrl: server.url, redisPrefix: 'impasto' };
    await doctorCommand({ config, stdout }).parseAsync([], { from: 'user' });
    expect(said.join('')).toContain(`✓ Redis at 127.0.0.1:${server.port} answers`);
  });
});
