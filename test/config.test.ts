import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import dotenv from 'dotenv';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig, VARIABLES } from '../src/config.ts';
import { ImpastoError } from '../src/nst/errors.ts';
import { settingsSchema } from '../src/nst/settings.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'impasto-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const noFile = path.join(folder, 'none');
const read = (environment: Record<string, string> = {}) => readConfig(environment, noFile);

function refusal(environment: Record<string, string>, file = noFile): ImpastoError {
  try {
    readConfig(environment, file);
  } catch (error) {
    if (error instanceof ImpastoError) return error;
    throw error;
  }
  throw new Error(`Not refused: ${JSON.stringify(environment)}`);
}

const example = readFileSync(fileURLToPath(new URL('../.env.example', import.meta.url)), 'utf8');
const documented = dotenv.parse(example);

/** Variables whose defaults depend on the machine or the user, or that have none. */
const withoutWrittenDefault = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'IMPASTO_CACHE',
  'IMPASTO_DATA',
  'IMPASTO_DATABASE_URL',
  'IMPASTO_DISCORD_TOKEN',
  'IMPASTO_MEMORY_MB',
  'IMPASTO_MODELS',
  'IMPASTO_MODELS_URL',
  'IMPASTO_PICTURES',
  'IMPASTO_PICTURES_SERVER_MB',
  'IMPASTO_PICTURES_USER_MB',
  'IMPASTO_REDIS_URL',
  'IMPASTO_S3_ENDPOINT',
  'IMPASTO_S3_REGION',
  'IMPASTO_SLACK_APP_TOKEN',
  'IMPASTO_SLACK_BOT_TOKEN',
  'IMPASTO_SLACK_SIGNING_SECRET',
  'IMPASTO_STUDIO_TOKEN',
  'IMPASTO_THREADS',
  'IMPASTO_TRUSTED_PROXY',
];
const words = [
  'IMPASTO_ENGINE',
  'IMPASTO_HTTP_HOST',
  'IMPASTO_LOG_LEVEL',
  'IMPASTO_REDIS_PREFIX',
  'IMPASTO_S3_PATH_STYLE',
  'IMPASTO_SLACK_HTTP_HOST',
  'IMPASTO_STUDIO',
  'IMPASTO_STUDIO_HOST',
  ...withoutWrittenDefault,
].filter((name) => !/_MB$|_THREADS$/.test(name));
const numbers = VARIABLES.filter((name) => !words.includes(name));

describe('.env.example', () => {
  it('lists the variables that are read, each once, and no other', () => {
    const lines = example.match(/^[A-Z\d_]+(?==)/gm) ?? [];
    expect(lines.toSorted()).toEqual([...VARIABLES].toSorted());
  });

  it('writes every default that is the same everywhere, as it is', () => {
    const empty = Object.keys(documented).filter((name) => documented[name] === '');
    expect(empty.toSorted()).toEqual(withoutWrittenDefault);
    expect(read(documented)).toEqual(read());
  });

  it.each(numbers)('tells the range of %s', (name) => {
    const about = example.split('\n\n').find((block) => block.includes(`\n${name}=`));
    const [, min, max] = /from (\d+) .*to (\d+)/.exec(refusal({ [name]: '-1' }).message) ?? [];
    expect(Number(max)).toBeGreaterThan(Number(min));
    expect(about).toMatch(new RegExp(`\\b${max}\\b`));
  });
});

describe('readConfig', () => {
  it('lays the database, pictures and checkpoints into the data folder, by an absolute path', () => {
    const config = read({ IMPASTO_DATA: path.relative('.', folder) });
    expect(config.dataFolder).toBe(folder);
    expect(path.dirname(config.databaseFile)).toBe(folder);
    expect(config.place).toEqual({ type: 'folder', folder });
  });

  it('takes a database and a place of pictures elsewhere', () => {
    const url = 'postgresql://impasto:p%40ss@db.example.org:5433/impasto?sslmode=verify-full';
    expect(read({ IMPASTO_DATABASE_URL: url }).databaseUrl).toBe(url);
    expect(read({ IMPASTO_PICTURES: 'file:/srv/impasto/' }).place).toEqual({
      type: 'folder',
      folder: '/srv/impasto',
    });
    expect(
      read({ IMPASTO_PICTURES: 's3://paintings/of/us', IMPASTO_S3_REGION: 'eu-central-1' }).place,
    ).toEqual({
      type: 's3',
      bucket: 'paintings',
      prefix: 'of/us/',
      region: 'eu-central-1',
      pathStyle: false,
    });
    const endpoint = { IMPASTO_PICTURES: 's3://paintings', IMPASTO_S3_ENDPOINT: 'http://minio:9000' };
    expect(read(endpoint).place).toMatchObject({
      endpoint: 'http://minio:9000',
      prefix: '',
      pathStyle: true,
    });
    expect(read({ ...endpoint, IMPASTO_S3_PATH_STYLE: 'off' }).place).toMatchObject({ pathStyle: false });
  });

  it.each([
    'mysql://host/impasto',
    'postgres://host',
    'postgres://user:p@ss word@host:port/impasto',
    'impasto',
  ])('refuses the database %s without showing it', (url) => {
    const { message } = refusal({ IMPASTO_DATABASE_URL: url });
    expect(message).toContain('IMPASTO_DATABASE_URL is not usable, but may be postgres://');
    expect(message).not.toContain(url);
  });

  it.each([
    'pictures',
    'file:pictures',
    's3://',
    's3://Bucket',
    's3://bucket/../other',
    'https://host/bucket',
  ])('refuses the place of pictures %s', (place) => {
    expect(refusal({ IMPASTO_PICTURES: place }).message).toContain(
      'may be file:/an/absolute/path, or s3://bucket',
    );
  });

  it('wants both halves of a key, where it is used, and shows neither', () => {
    const half = { AWS_ACCESS_KEY_ID: 'AKID-my-secret-word' };
    expect(read(half).s3Credentials).toBeUndefined();
    const { message } = refusal({ ...half, IMPASTO_PICTURES: 's3://bucket' });
    expect(message).toContain('AWS_SECRET_ACCESS_KEY is not usable');
    expect(message).not.toContain('my-secret-word');
    expect(read({ ...half, AWS_SECRET_ACCESS_KEY: 'x' }).s3Credentials).toEqual({
      accessKeyId: 'AKID-my-secret-word',
      secretAccessKey: 'x',
    });
  });

  it('turns days, seconds and megabytes into milliseconds and bytes', () => {
    expect(
      read({
        IMPASTO_RETENTION_DAYS: '2',
        IMPASTO_RECORDS_DAYS: '3',
        IMPASTO_PAINTER_TIMEOUT_SECONDS: '5',
        IMPASTO_CHECKPOINT_SECONDS: '7',
        IMPASTO_STOP_SECONDS: '9',
        IMPASTO_PICTURES_MB: '10',
        IMPASTO_MEMORY_MB: '2000',
      }),
    ).toMatchObject({
      retentionMs: 172_800_000,
      recordsMs: 259_200_000,
      painterTimeoutMs: 5000,
      checkpointMs: 7000,
      stopMs: 9000,
      picturesBytes: 10_000_000,
      memoryBytes: 2_000_000_000,
    });
  });

  it('gives a person a tenth of the pictures and a server half, or what it is told', () => {
    expect(read()).toMatchObject({ picturesUserBytes: 1000e6, picturesServerBytes: 5000e6 });
    const small = read({ IMPASTO_PICTURES_MB: '50' });
    expect(small).toMatchObject({ picturesUserBytes: 50e6, picturesServerBytes: 50e6 });
    const told = read({ IMPASTO_PICTURES_USER_MB: '7', IMPASTO_PICTURES_SERVER_MB: '8' });
    expect(told).toMatchObject({ picturesUserBytes: 7e6, picturesServerBytes: 8e6 });
  });

  it('takes auto, a number or a range for shards', () => {
    expect(read().discordShards).toBe('auto');
    expect(read({ IMPASTO_DISCORD_SHARDS: '3' }).discordShards).toBe(3);
    expect(read({ IMPASTO_DISCORD_SHARDS: '4-7/16' }).discordShards).toEqual({ from: 4, to: 7, of: 16 });
  });

  it('takes auto or a number for painters', () => {
    expect(read().painters).toBe('auto');
    expect(read({ IMPASTO_PAINTERS: '3' }).painters).toBe(3);
  });

  it.each(['0', '1001', '3-2/16', '0-16/16', '0-3', '0-3/1001', '-1-3/4'])(
    'takes no %s for shards',
    (shards) => {
      const { message } = refusal({ IMPASTO_DISCORD_SHARDS: shards });
      expect(message).toContain(`IMPASTO_DISCORD_SHARDS is "${shards}", but may be a whole number`);
    },
  );

  it('never shows a token that it refuses', () => {
    const { message } = refusal({ IMPASTO_DISCORD_TOKEN: 'my-secret-word' });
    expect(message).toContain('IMPASTO_DISCORD_TOKEN is not usable, but may be a bot token');
    expect(message).not.toContain('my-secret-word');
    const slack = refusal({ IMPASTO_SLACK_BOT_TOKEN: 'xapp-my-secret-word' }).message;
    expect(slack).toContain('IMPASTO_SLACK_BOT_TOKEN is not usable, but may be the Bot User OAuth Token');
    expect(slack).not.toContain('my-secret-word');
  });

  it('leaves the painters’ memory open when nobody set it', () => {
    expect(read().memoryBytes).toBeUndefined();
  });

  it('tells any free port from none', () => {
    expect(read({ IMPASTO_HTTP_PORT: '0' }).httpPort).toBe(0);
    expect(read({ IMPASTO_HTTP_PORT: 'off' }).httpPort).toBeUndefined();
  });

  it.each(['::1', '0.0.0.0', 'localhost', 'ops.example.org'])('takes the host %s', (host) => {
    expect(read({ IMPASTO_HTTP_HOST: host }).httpHost).toBe(host);
  });

  it('takes an empty value for an absent one', () => {
    const empty = Object.fromEntries(VARIABLES.map((name) => [name, '']));
    expect(read(empty)).toEqual(read());
  });

  it('reads a file, over which the environment wins', () => {
    const file = path.join(folder, 'both.env');
    writeFileSync(file, 'IMPASTO_PAINTERS=2\nIMPASTO_QUEUE_SIZE=3\n');
    expect(readConfig({ IMPASTO_PAINTERS: '4' }, file)).toMatchObject({ painters: 4, queueSize: 3 });
  });

  it('refuses a file that is there but cannot be read', () => {
    expect(refusal({}, folder)).toMatchObject({
      code: 'bad-setting',
      message: expect.stringContaining(folder),
    });
  });
});

describe('The studio', () => {
  const token = 'x'.repeat(16);

  it('listens elsewhere than on this machine with a token only', () => {
    expect(refusal({ IMPASTO_STUDIO_HOST: '0.0.0.0' }).message).toBe(
      'IMPASTO_STUDIO_HOST is "0.0.0.0", but may be 127.0.0.1 only, as long as there is no IMPASTO_STUDIO_TOKEN: others could come in.',
    );
    expect(read({ IMPASTO_STUDIO_HOST: '0.0.0.0', IMPASTO_STUDIO_TOKEN: token }).studio.token).toBe(token);
    expect(read({ IMPASTO_STUDIO_HOST: '0.0.0.0', IMPASTO_STUDIO: 'off' }).studio.mode).toBe('off');
    expect(read({ IMPASTO_STUDIO_HOST: 'localhost' }).studio.host).toBe('localhost');
  });

  it.each(['127.0.0.1', '10.0.0.0/8, 192.168.1.4', 'fd00::/8 ::1', '0.0.0.0/0'])(
    'takes %s for trusted proxies',
    (list) => {
      expect(read({ IMPASTO_TRUSTED_PROXY: list }).trustedProxies).toEqual(list.split(/[ ,]+/));
    },
  );

  it.each([
    'on',
    'proxy.example',
    '10.0.0.0/33',
    '10.0.0/8',
    '::/129',
    '1.2.3.4/08',
    '1.2.3.4/',
    'fe80::1%eth0',
  ])('takes no %s for a trusted proxy', (list) => {
    expect(refusal({ IMPASTO_TRUSTED_PROXY: list }).message).toContain('IMPASTO_TRUSTED_PROXY is');
    expect(refusal({ IMPASTO_TRUSTED_PROXY: `127.0.0.1,${list}` }).code).toBe('bad-setting');
  });

  it('keeps a token that is too short to itself', () => {
    const { message } = refusal({ IMPASTO_STUDIO_TOKEN: 'too-short' });
    expect(message).toContain('IMPASTO_STUDIO_TOKEN is not usable, but may be at least 16');
    expect(message).not.toContain('too-short');
  });

  it('is on, off, or as there are chat platforms', () => {
    expect(refusal({ IMPASTO_STUDIO: 'yes' }).message).toContain('may be one of auto, on, off');
  });
});

describe('Redis', () => {
  const url = 'redis://impasto:pass-word@redis.example:6379/2';

  it('is a server of one’s own, reached with or without TLS, a user and a password', () => {
    expect(read({ IMPASTO_REDIS_URL: url })).toMatchObject({ redisUrl: url, redisPrefix: 'impasto' });
    for (const each of ['redis://localhost', 'rediss://:pass-word@10.0.0.1:6380', 'redis://a:b@c']) {
      expect(read({ IMPASTO_REDIS_URL: each }).redisUrl).toBe(each);
    }
  });

  it.each([
    ' ',
    'abc',
    'http://localhost',
    'localhost:6379',
    'redis:// ',
    'redis://a:pass-word@',
    'redis://a/b',
  ])('is not “%s”, which is not shown', (value) => {
    const { message } = refusal({ IMPASTO_REDIS_URL: value });
    expect(message).toContain('IMPASTO_REDIS_URL is not usable, but may be the URL of a Redis server');
    expect(message).not.toContain('pass-word');
  });

  it('is what makes a bot without painters possible', () => {
    expect(refusal({ IMPASTO_PAINTERS: '0' }).message).toContain('without IMPASTO_REDIS_URL: nobody else');
    expect(read({ IMPASTO_PAINTERS: '0', IMPASTO_REDIS_URL: url }).painters).toBe(0);
  });

  it('has names that cannot be mistaken', () => {
    expect(read({ IMPASTO_REDIS_PREFIX: 'test_1' }).redisPrefix).toBe('test_1');
    for (const value of [' ', 'a b', '{a}', 'a:b', 'x'.repeat(41)]) refusal({ IMPASTO_REDIS_PREFIX: value });
  });
});

describe('A bad value', () => {
  const notNumbers = ['abc', ' ', '-1', '1e999', '1e3', '0x10', '5.5', '+5', '5 ', '٣', '999999999999999999'];

  it.each(numbers)('is refused for %s, with the range', (name) => {
    for (const value of notNumbers) {
      const { code, message } = refusal({ [name]: value });
      expect(code).toBe('bad-setting');
      expect(message).toContain(`${name} is ${JSON.stringify(value)}, but may be a whole number from `);
      const [, min, max] = /from (\d+) .*to (\d+)/.exec(message) ?? [];
      for (const bound of [min, max]) expect(() => read({ [name]: String(bound) })).not.toThrow();
      for (const beyond of [Number(min) - 1, Number(max) + 1]) refusal({ [name]: String(beyond) });
    }
  });

  it.each<readonly [string, string, string]>([
    ['IMPASTO_MODELS', ' ', 'the path of a folder'],
    ['IMPASTO_CACHE', ' ', 'the path of a folder'],
    ['IMPASTO_DATA', ' ', 'the path of a folder'],
    ...['abc', ' ', '-1', '5.5', 'ftp://example.org/', 'http://example.org/'].map(
      (value) => ['IMPASTO_MODELS_URL', value, 'https://'] as const,
    ),
    ...[' ', '-1', 'a b', '127.0.0.1:80', 'http://localhost', '[::1]'].map(
      (value) => ['IMPASTO_HTTP_HOST', value, 'a host name or an IP address'] as const,
    ),
    ['IMPASTO_ENGINE', 'cuda', 'one of auto, onnx-cuda, onnx-coreml, onnx-webgpu, tfjs, onnx-cpu'],
    ...['abc', ' ', 'INFO', 'fatal', '-1', '1e999', '0x10', '5.5'].map(
      (value) => ['IMPASTO_LOG_LEVEL', value, 'one of trace, debug, info, warn, error, silent'] as const,
    ),
  ])('is refused for %s: “%s”', (name, value, mayBe) => {
    expect(refusal({ [name]: value })).toMatchObject({
      code: 'bad-setting',
      message: expect.stringMatching(
        new RegExp(`^${name} is ${escaped(JSON.stringify(value))}, but may be .*${mayBe}`),
      ),
    });
  });

  it('is a maximum beyond what any painting can be', () => {
    const { size, iterations } = settingsSchema.shape;
    expect(size.parse(read({ IMPASTO_LIMIT_SIZE: '8192' }).maxima.maxSize)).toBe(8192);
    expect(iterations.parse(read({ IMPASTO_LIMIT_EVALUATIONS: '100000' }).maxima.maxEvaluations)).toBe(1e5);
    refusal({ IMPASTO_LIMIT_SIZE: '8193' });
    refusal({ IMPASTO_LIMIT_EVALUATIONS: '100001' });
  });

  it('is told together with the others', () => {
    const { message } = refusal({ IMPASTO_PAINTERS: 'many', IMPASTO_LOG_LEVEL: 'loud' });
    expect(message).toContain('IMPASTO_PAINTERS is "many"');
    expect(message).toContain('IMPASTO_LOG_LEVEL is "loud"');
  });

  it('is shortened and kept on one line', () => {
    const { message } = refusal({ IMPASTO_PAINTERS: `1\u001b[2J\n${'9'.repeat(5000)}` });
    expect(message.length).toBeLessThan(200);
    expect(message).not.toMatch(/\p{Cc}/u);
  });

  it('keeps passwords and keys of a URL to itself', () => {
    const error = refusal({ IMPASTO_MODELS_URL: 'https://u:pass/word@host/?key=hush' });
    const other = refusal({ IMPASTO_MODELS_URL: 'http://example.org/?key=hush' });
    for (const { message, advice, cause } of [error, other]) {
      expect(`${message} ${advice} ${cause}`).not.toMatch(/word|hush/);
    }
  });
});

describe('An unknown variable', () => {
  it('is a warning with the closest name, and without its value', () => {
    const { warnings } = read({ IMPASTO_PAINTRES: 'hush', IMPASTO_PAINTERS: '2', HOME: '/', PAINTERS: '3' });
    expect(warnings).toEqual([
      'IMPASTO_PAINTRES is ignored: there is no such variable. The closest is IMPASTO_PAINTERS.',
    ]);
  });

  it('is found in a file, too', () => {
    const file = path.join(folder, 'unknown.env');
    writeFileSync(file, 'IMPASTO_LOGLEVEL=\n');
    expect(readConfig({}, file).warnings.join()).toContain('IMPASTO_LOG_LEVEL');
  });
});

function escaped(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
