import { readFileSync } from 'node:fs';
import path from 'node:path';
import dotenv from 'dotenv';
import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';
import { environmentSchema, variables } from './config/variables.ts';
import { ImpastoError } from './nst/errors.ts';
import { type PicturesPlace, parsePlace, type S3Credentials } from './store/places.ts';

export { ENGINES, type LogLevel } from './config/variables.ts';

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
  const result = environmentSchema.safeParse(
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
    place: picturesPlace(values),
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

function picturesPlace(values: Values): PicturesPlace {
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
