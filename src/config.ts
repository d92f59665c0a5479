import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import dotenv from 'dotenv';
import envPaths from 'env-paths';
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { isLoopback } from './listen.ts';
import { ENGINE_KINDS } from './nst/engines/kinds.ts';
import { ImpastoError } from './nst/errors.ts';
import { parseSource } from './nst/weights/source.ts';
import { parseProxies } from './proxies.ts';
import { type PicturesPlace, parsePlace, type S3Credentials } from './store/places.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** How much is logged: lines of this level and above it. */
export type LogLevel = (typeof LOG_LEVELS)[number];

const STUDIO = ['auto', 'on', 'off'] as const;
const PATH_STYLES = ['auto', 'on', 'off'] as const;

/** What may be painted with: the fastest engine that works, or one by its name. */
export const ENGINES = ['auto', ...ENGINE_KINDS] as const;

const folders = envPaths('impasto', { suffix: '' });

/** Text that passes a test; what it may be completes the sentence "… may be". */
const text = (mayBe: string, test: (value: string) => boolean) => z.string().refine(test, mayBe);

const folder = text('the path of a folder', (value) => value.trim() !== '');

const isWhole = (value: string, min: number, max: number) =>
  /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max;

/** A whole number in decimal digits; `Number()` alone would take `0x10`, `1e3` and a blank for numbers, too. */
const whole = (min: number, max: number) =>
  text(`a whole number from ${min} to ${max}`, (value) => isWhole(value, min, max)).transform(Number);

const port = text(
  'a whole number from 0 (any free port) to 65535, or off',
  (value) => value === 'off' || isWhole(value, 0, 65_535),
).transform((value) => (value === 'off' ? value : Number(value)));

const host = text(
  'a host name or an IP address, without a port',
  (value) => isIP(value) !== 0 || /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(value),
);

const token = text('at least 16 letters, digits and other characters, without a blank', (value) =>
  /^[!-~]{16,500}$/.test(value),
);

const proxies = text(
  'IP addresses and networks such as 10.0.0.0/8, with commas between them',
  (value) => parseProxies(value) !== undefined,
).transform((value) => parseProxies(value) ?? []);

const source = text('an https:// URL without a user name; http:// for this machine only', (value) => {
  try {
    return parseSource(value) !== undefined;
  } catch {
    return false;
  }
});

const databaseUrl = text(
  'postgres://user:password@host:port/database, with what is special in it percent-encoded',
  (value) => {
    if (!URL.canParse(value)) return false;
    const { protocol, pathname } = new URL(value);
    return /^postgres(ql)?:$/.test(protocol) && pathname.length > 1;
  },
);

const place = text(
  'file:/an/absolute/path, or s3://bucket or s3://bucket/prefix',
  (value) => parsePlace(value) !== undefined,
);

const endpoint = text('an http:// or https:// URL of nothing but a host and a port', (value) => {
  if (!URL.canParse(value)) return false;
  const { protocol, pathname, username, search, hash } = new URL(value);
  return /^https?:$/.test(protocol) && pathname === '/' && username + search + hash === '';
});

/** A secret; what it is, is never shown. */
const secret = (mayBe: string, pattern: RegExp) => text(mayBe, (value) => pattern.test(value));

const redisUrl = secret(
  'the URL of a Redis server: redis://host:6379, or rediss:// for TLS; a user and a password go before the host',
  /^rediss?:\/\/([^\s/@]*@)?[^\s/@:]+(:\d{1,5})?(\/\d{1,3})?$/,
);

const prefix = text('1 to 40 letters, digits, - and _', (value) => /^[\w-]{1,40}$/.test(value));

const painters = text(
  'a whole number from 1 to 64, 0 together with IMPASTO_REDIS_URL, or auto',
  (value) => value === 'auto' || isWhole(value, 0, 64),
).transform((value) => (value === 'auto' ? value : Number(value)));

const discordToken = secret(
  'a bot token from discord.com/developers, three parts with dots between them',
  /^[\w-]{18,}\.[\w-]{4,}\.[\w-]{20,}$/,
);

const shards = text(
  'a whole number from 1 to 1000, a range of all shards such as 0-3/16, or auto',
  (value) => {
    const range = shardsOf(value);
    if (typeof range !== 'object') return value === 'auto' || isWhole(value, 1, 1000);
    return range.from <= range.to && range.to < range.of && range.of <= 1000;
  },
).transform(shardsOf);

/** `auto`, a number, or `from-to/of`. */
function shardsOf(value: string) {
  if (value === 'auto') return value;
  const [from, to, of] = (/^(\d{1,4})-(\d{1,4})\/(\d{1,4})$/.exec(value) ?? []).slice(1).map(Number);
  return from === undefined || to === undefined || of === undefined ? Number(value) : { from, to, of };
}

const slackBotToken = secret(
  'the Bot User OAuth Token of a Slack app, which begins with xoxb-',
  /^xoxb-[\w-]{20,}$/,
);

const slackAppToken = secret(
  'an app-level token of a Slack app, which begins with xapp-',
  /^xapp-[\w-]{20,}$/,
);

const slackSigningSecret = secret(
  'the signing secret of a Slack app, 32 letters and digits',
  /^[\da-f]{32}$/i,
);

/** The environment that Impasto reads, with every default; `.env.example` describes the same in prose. */
const variables = z.object({
  IMPASTO_MODELS: folder.optional(),
  IMPASTO_MODELS_URL: source.optional(),
  IMPASTO_CACHE: folder.default(folders.cache),
  IMPASTO_DATA: folder.default(folders.data),
  IMPASTO_DATABASE_URL: databaseUrl.optional(),
  IMPASTO_PICTURES: place.optional(),
  IMPASTO_S3_ENDPOINT: endpoint.optional(),
  IMPASTO_S3_REGION: text('the name of a region, such as eu-central-1', (value) =>
    /^[a-z\d-]{1,50}$/.test(value),
  ).optional(),
  IMPASTO_S3_PATH_STYLE: z.enum(PATH_STYLES, `one of ${PATH_STYLES.join(', ')}`).default('auto'),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  IMPASTO_THREADS: whole(1, 1024).optional(),
  IMPASTO_MAX_PIXELS: whole(1, 1_000_000_000).default(108_000_000),
  IMPASTO_MAX_BYTES: whole(1, 2_000_000_000).default(50_000_000),
  IMPASTO_INTAKE_SECONDS: whole(1, 600).default(10),
  IMPASTO_INTAKE_MEMORY_MB: whole(300, 100_000).default(1200),
  IMPASTO_ENGINE: z.enum(ENGINES, `one of ${ENGINES.join(', ')}`).default('auto'),
  IMPASTO_PAINTERS: painters.default('auto'),
  IMPASTO_REDIS_URL: redisUrl.optional(),
  IMPASTO_REDIS_PREFIX: prefix.default('impasto'),
  IMPASTO_QUEUE_SIZE: whole(1, 100_000).default(500),
  IMPASTO_MEMORY_MB: whole(256, 16_000_000).optional(),
  IMPASTO_PAINTER_TIMEOUT_SECONDS: whole(5, 86_400).default(300),
  IMPASTO_CHECKPOINT_SECONDS: whole(1, 3600).default(30),
  IMPASTO_STOP_SECONDS: whole(1, 3600).default(20),
  IMPASTO_RETENTION_DAYS: whole(1, 36_500).default(30),
  IMPASTO_RECORDS_DAYS: whole(1, 36_500).default(365),
  IMPASTO_PICTURES_MB: whole(10, 1_000_000_000).default(10_000),
  IMPASTO_PICTURES_USER_MB: whole(1, 1_000_000_000).optional(),
  IMPASTO_PICTURES_SERVER_MB: whole(1, 1_000_000_000).optional(),
  IMPASTO_HTTP_HOST: host.default('127.0.0.1'),
  IMPASTO_HTTP_PORT: port.default(8460),
  IMPASTO_STUDIO: z.enum(STUDIO, `one of ${STUDIO.join(', ')}`).default('auto'),
  IMPASTO_STUDIO_HOST: host.default('127.0.0.1'),
  IMPASTO_STUDIO_PORT: whole(0, 65_535).default(8461),
  IMPASTO_STUDIO_TOKEN: token.optional(),
  IMPASTO_TRUSTED_PROXY: proxies.default([]),
  IMPASTO_LOG_LEVEL: z.enum(LOG_LEVELS, `one of ${LOG_LEVELS.join(', ')}`).default('info'),
  IMPASTO_DISCORD_TOKEN: discordToken.optional(),
  IMPASTO_DISCORD_SHARDS: shards.default('auto'),
  IMPASTO_SLACK_BOT_TOKEN: slackBotToken.optional(),
  IMPASTO_SLACK_APP_TOKEN: slackAppToken.optional(),
  IMPASTO_SLACK_SIGNING_SECRET: slackSigningSecret.optional(),
  IMPASTO_SLACK_HTTP_HOST: host.default('127.0.0.1'),
  IMPASTO_SLACK_HTTP_PORT: text('a whole number from 0 (any free port) to 65535', (value) =>
    isWhole(value, 0, 65_535),
  )
    .transform(Number)
    .default(8462),
  IMPASTO_LIMIT_SIZE: whole(64, 8192).default(2048),
  IMPASTO_LIMIT_EVALUATIONS: whole(1, 100_000).default(1000),
  IMPASTO_LIMIT_CONCURRENT_PER_USER: whole(1, 64).default(2),
  IMPASTO_LIMIT_WAITING_PER_USER: whole(1, 1000).default(10),
  IMPASTO_LIMIT_JOBS_PER_USER_PER_DAY: whole(1, 100_000).default(200),
  IMPASTO_LIMIT_SECONDS_PER_SERVER_PER_DAY: whole(1, 10_000_000).default(86_400),
});

const schema = variables
  .superRefine(({ IMPASTO_STUDIO_HOST, IMPASTO_STUDIO_TOKEN, IMPASTO_STUDIO }, context) => {
    if (IMPASTO_STUDIO === 'off' || isLoopback(IMPASTO_STUDIO_HOST) || IMPASTO_STUDIO_TOKEN) return;
    const message = '127.0.0.1 only, as long as there is no IMPASTO_STUDIO_TOKEN: others could come in';
    context.addIssue({ code: 'custom', path: ['IMPASTO_STUDIO_HOST'], message });
  })
  .superRefine(({ IMPASTO_PAINTERS, IMPASTO_REDIS_URL }, context) => {
    if (IMPASTO_PAINTERS !== 0 || IMPASTO_REDIS_URL) return;
    const message = 'a whole number from 1 to 64 without IMPASTO_REDIS_URL: nobody else would paint';
    context.addIssue({ code: 'custom', path: ['IMPASTO_PAINTERS'], message });
  })
  .superRefine(({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, IMPASTO_PICTURES }, context) => {
    if (!IMPASTO_PICTURES?.startsWith('s3:') || !AWS_ACCESS_KEY_ID === !AWS_SECRET_ACCESS_KEY) return;
    const name = AWS_ACCESS_KEY_ID ? 'AWS_SECRET_ACCESS_KEY' : 'AWS_ACCESS_KEY_ID';
    context.addIssue({ code: 'custom', path: [name], message: 'absent only where the other of the two is' });
  });

/** Names of variables whose values are shown to nobody. */
const SECRET = /TOKEN|SECRET|KEY|DATABASE_URL|REDIS_URL/;

/** Every variable that Impasto reads. */
export const VARIABLES: readonly string[] = Object.keys(variables.shape);

/** What the environment says. */
export type Config = ReturnType<typeof configOf> & {
  /** What the admin should know: variables that Impasto does not read. */
  readonly warnings: readonly string[];
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration from a file, where there is one, and from the environment, which wins. Empty values count
 * as absent.
 *
 * @param file - by default `.env` in the working folder
 * @throws ImpastoError `bad-setting` that names each variable that is not usable, its value, and what it may be.
 */
export function readConfig(environment: Environment = process.env, file = '.env'): Config {
  const given = { ...readFile(file), ...environment };
  const result = schema.safeParse(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
  );
  if (!result.success) {
    const complaints = result.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      const value = SECRET.test(name) ? 'not usable' : shown(given[name] ?? '');
      return `${name} is ${value}, but may be ${issue.message}.`;
    });
    throw badSetting(complaints.join(' '), result.error);
  }
  const warnings = Object.keys(given)
    .filter((name) => name.startsWith('IMPASTO_') && !VARIABLES.includes(name))
    .map(
      (name) => `${name} is ignored: there is no such variable. The closest is ${closest(name, VARIABLES)}.`,
    );
  return { ...configOf(result.data), warnings };
}

function configOf(values: Values) {
  const dataFolder = path.resolve(values.IMPASTO_DATA);
  return {
    /** A folder with models that is only read. */
    modelsFolder: values.IMPASTO_MODELS,
    /** Base URL to download weights from in place of the published one. */
    modelsUrl: values.IMPASTO_MODELS_URL,
    /** The models folder that downloads are kept in. */
    cacheFolder: path.join(values.IMPASTO_CACHE, 'models'),
    /** Where everything lies that must be kept and has no other place, as an absolute path. */
    dataFolder,
    /** The database where there is no URL of one. */
    databaseFile: path.join(dataFolder, 'impasto.db'),
    /** A PostgreSQL database, with a password in it perhaps. */
    databaseUrl: values.IMPASTO_DATABASE_URL,
    /** Where pictures and checkpoints are. */
    place: placeOf(values),
    /** Who asks an S3 store; when undefined, it is found as AWS's tools find it. */
    s3Credentials: credentialsOf(values),
    /** Threads for one evaluation; all cores by default. */
    threads: values.IMPASTO_THREADS,
    /** Largest picture that is decoded, in pixels. */
    maxPixels: values.IMPASTO_MAX_PIXELS,
    /** Largest picture file that is read, in bytes. */
    maxBytes: values.IMPASTO_MAX_BYTES,
    /** Where foreign pictures are decoded. */
    intake: {
      /** Where they lie meanwhile. */
      folder: path.join(dataFolder, 'intake'),
      /** Time that one may take. */
      timeLimitMs: values.IMPASTO_INTAKE_SECONDS * 1000,
      /** Memory of each of the processes that decode. */
      memoryBytes: values.IMPASTO_INTAKE_MEMORY_MB * 1e6,
    },
    /** The Redis server that the queue is on, with its password; the queue is in this process without it. */
    redisUrl: values.IMPASTO_REDIS_URL,
    /** What all keys there begin with. */
    redisPrefix: values.IMPASTO_REDIS_PREFIX,
    /** What is painted with. */
    engine: values.IMPASTO_ENGINE,
    /** Where it is remembered which engines work. */
    enginesFile: path.join(values.IMPASTO_CACHE, 'engines.json'),
    /** Paintings that are painted at once; `auto` is one for each GPU, and one where there is none; 0 when others paint. */
    painters: values.IMPASTO_PAINTERS,
    /** Waiting jobs at most. */
    queueSize: values.IMPASTO_QUEUE_SIZE,
    /** Memory that all painters may use together, in bytes; what the machine has when undefined. */
    memoryBytes: values.IMPASTO_MEMORY_MB === undefined ? undefined : values.IMPASTO_MEMORY_MB * 1e6,
    /** A painter that gives no sign for this long is replaced. */
    painterTimeoutMs: values.IMPASTO_PAINTER_TIMEOUT_SECONDS * 1000,
    /** Time between two checkpoints of a painting. */
    checkpointMs: values.IMPASTO_CHECKPOINT_SECONDS * 1000,
    /** Time that a graceful stop may take. */
    stopMs: values.IMPASTO_STOP_SECONDS * 1000,
    /** Pictures are kept this long after their last use. */
    retentionMs: values.IMPASTO_RETENTION_DAYS * 86_400_000,
    /** Ended jobs, with their messages' links, and the audit log are kept this long; with a result, as long as that. */
    recordsMs: values.IMPASTO_RECORDS_DAYS * 86_400_000,
    /** All kept pictures together at most. */
    picturesBytes: values.IMPASTO_PICTURES_MB * 1e6,
    /** One person's at most. */
    picturesUserBytes: (values.IMPASTO_PICTURES_USER_MB ?? shareOf(values, 0.1)) * 1e6,
    /** One server's at most. */
    picturesServerBytes: (values.IMPASTO_PICTURES_SERVER_MB ?? shareOf(values, 0.5)) * 1e6,
    /** Where health and metrics are served. */
    httpHost: values.IMPASTO_HTTP_HOST,
    /** Port of the same; 0 is any free one, undefined is none. */
    httpPort: values.IMPASTO_HTTP_PORT === 'off' ? undefined : values.IMPASTO_HTTP_PORT,
    /** The studio, the bot's own page. */
    studio: {
      /** Whether it opens: `auto` is when no chat platform is configured. */
      mode: values.IMPASTO_STUDIO,
      host: values.IMPASTO_STUDIO_HOST,
      /** 0 is any free one. */
      port: values.IMPASTO_STUDIO_PORT,
      /** Who does not know it is not let in; there is one when others than this machine can reach the studio. */
      token: values.IMPASTO_STUDIO_TOKEN,
      /** Its messages and their pictures. */
      folder: path.join(dataFolder, 'studio'),
    },
    /** Addresses and networks of the proxies that are believed who asks, and by which scheme. */
    trustedProxies: values.IMPASTO_TRUSTED_PROXY,
    logLevel: values.IMPASTO_LOG_LEVEL,
    /** The token of the Discord bot; Discord is not connected without it. */
    discordToken: values.IMPASTO_DISCORD_TOKEN,
    /** Connections to Discord's gateway. */
    discordShards: values.IMPASTO_DISCORD_SHARDS,
    /** The Slack app; Slack is not connected without a bot's token. */
    slack: {
      botToken: values.IMPASTO_SLACK_BOT_TOKEN,
      /** For Socket Mode. */
      appToken: values.IMPASTO_SLACK_APP_TOKEN,
      /** For HTTP, in place of Socket Mode. */
      signingSecret: values.IMPASTO_SLACK_SIGNING_SECRET,
      httpHost: values.IMPASTO_SLACK_HTTP_HOST,
      httpPort: values.IMPASTO_SLACK_HTTP_PORT,
    },
    /** The most that a server's own limits may allow. */
    maxima: {
      /** Longer side of a painting, in pixels. */
      maxSize: values.IMPASTO_LIMIT_SIZE,
      /** Evaluations of one painting. */
      maxEvaluations: values.IMPASTO_LIMIT_EVALUATIONS,
      /** Paintings of one user that are painted at once. */
      concurrentPerUser: values.IMPASTO_LIMIT_CONCURRENT_PER_USER,
      /** Jobs of one user that wait. */
      waitingPerUser: values.IMPASTO_LIMIT_WAITING_PER_USER,
      /** Jobs of one user in 24 hours. */
      jobsPerUserPerDay: values.IMPASTO_LIMIT_JOBS_PER_USER_PER_DAY,
      /** Seconds of painting for one server in 24 hours. */
      secondsPerServerPerDay: values.IMPASTO_LIMIT_SECONDS_PER_SERVER_PER_DAY,
    },
  } as const;
}

type Values = z.infer<typeof variables>;

/** A part of all pictures' megabytes, or as many as a few pictures have; of small ones, all. */
function shareOf({ IMPASTO_PICTURES_MB }: Values, part: number): number {
  return Math.min(IMPASTO_PICTURES_MB, Math.max(100, part * IMPASTO_PICTURES_MB));
}

function placeOf(values: Values): PicturesPlace {
  const found = parsePlace(values.IMPASTO_PICTURES ?? '');
  if (found === undefined) return { type: 'folder', folder: path.resolve(values.IMPASTO_DATA) };
  if (found.type === 'folder') return found;
  const { IMPASTO_S3_ENDPOINT, IMPASTO_S3_REGION, IMPASTO_S3_PATH_STYLE } = values;
  const pathStyle =
    IMPASTO_S3_PATH_STYLE === 'auto' ? IMPASTO_S3_ENDPOINT !== undefined : IMPASTO_S3_PATH_STYLE === 'on';
  return { ...found, endpoint: IMPASTO_S3_ENDPOINT, region: IMPASTO_S3_REGION, pathStyle };
}

function credentialsOf(values: Values): S3Credentials | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = values;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}

function readFile(file: string): Environment {
  try {
    return dotenv.parse(readFileSync(file));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw badSetting(`${file} is there but cannot be read.`, cause);
  }
}

function badSetting(message: string, cause: unknown): ImpastoError {
  return new ImpastoError('bad-setting', message, {
    advice: 'Correct it in .env or in the environment; .env.example describes every variable.',
    cause,
  });
}

/** A value as a message may show it: on one line, short, and without the parts of a URL that hold secrets. */
function shown(value: string): string {
  const open = value.replace(/\/\/.*@/s, '//…@').replace(/\?.*/s, '?…');
  return JSON.stringify(open.length > 24 ? `${open.slice(0, 24)}…` : open);
}
