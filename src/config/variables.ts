import envPaths from 'env-paths';
import { z } from 'zod';
import { isLoopback } from '../http/listen.ts';
import { ENGINE_KINDS } from '../nst/engines/kinds.ts';
import {
  databaseUrl,
  discordToken,
  endpoint,
  folder,
  host,
  listeningPort,
  oneOf,
  painters,
  place,
  port,
  prefix,
  proxies,
  redisUrl,
  region,
  shards,
  slackAppToken,
  slackBotToken,
  slackSigningSecret,
  source,
  token,
  whole,
} from './values.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** How much is logged: lines of this level and above it. */
export type LogLevel = (typeof LOG_LEVELS)[number];

const STUDIO = ['auto', 'on', 'off'] as const;
const PATH_STYLES = ['auto', 'on', 'off'] as const;

/** What may be painted with: the fastest engine that works, or one by its name. */
export const ENGINES = ['auto', ...ENGINE_KINDS] as const;

const folders = envPaths('impasto', { suffix: '' });

const anyText = z.string();

/**
 * The environment that Impasto reads, with every default and what it means, as docs/configuration.md has it; `absent` is the
 * default where no value is. `.env.example` describes the same in prose.
 */
export const variables = z.object({
  IMPASTO_MODELS: folder
    .optional()
    .meta({ description: 'a folder with models that is only read', absent: 'none' }),
  IMPASTO_MODELS_URL: source.optional().meta({
    description: 'where weights are fetched instead of the published source',
    absent: 'the published source',
  }),
  IMPASTO_CACHE: folder
    .default(folders.cache)
    .meta({ description: 'where fetched weights are kept', absent: 'the user’s cache folder' }),
  IMPASTO_THREADS: whole(1, 1024)
    .optional()
    .meta({ description: 'threads of one painting', absent: 'all cores' }),
  IMPASTO_MAX_PIXELS: whole(1, 1_000_000_000)
    .default(108_000_000)
    .meta({ description: 'largest picture that is accepted, in pixels once decoded' }),
  IMPASTO_MAX_BYTES: whole(1, 2_000_000_000)
    .default(50_000_000)
    .meta({ description: 'largest file of a picture that is accepted, in bytes' }),
  IMPASTO_INTAKE_SECONDS: whole(1, 600)
    .default(10)
    .meta({ description: 'time that decoding a picture may take which somebody has sent' }),
  IMPASTO_INTAKE_MEMORY_MB: whole(300, 100_000)
    .default(1200)
    .meta({ description: 'memory of each of the two processes that decode such pictures' }),
  IMPASTO_ENGINE: oneOf(ENGINES).default('auto').meta({ description: 'what to paint on, see [GPU](gpu.md)' }),
  IMPASTO_PAINTERS: painters.default('auto').meta({
    description:
      'paintings at once, a process each: `auto` is one for each CUDA device, and one where there is none; 0 where others paint',
  }),
  IMPASTO_MEMORY_MB: whole(256, 16_000_000).optional().meta({
    description: 'memory of all painters together',
    absent: 'what the machine or its container has, less a reserve',
  }),
  IMPASTO_PAINTER_TIMEOUT_SECONDS: whole(5, 86_400)
    .default(300)
    .meta({ description: 'a painter silent for this long is replaced' }),
  IMPASTO_CHECKPOINT_SECONDS: whole(1, 3600)
    .default(30)
    .meta({ description: 'time between two checkpoints: how much painting a crash may cost' }),
  IMPASTO_DATA: folder
    .default(folders.data)
    .meta({ description: 'database, pictures and checkpoints of the bot', absent: 'the user’s data folder' }),
  IMPASTO_QUEUE_SIZE: whole(1, 100_000).default(500).meta({ description: 'jobs that may wait' }),
  IMPASTO_STOP_SECONDS: whole(1, 3600)
    .default(20)
    .meta({ description: 'time that a graceful stop may take' }),
  IMPASTO_RETENTION_DAYS: whole(1, 36_500)
    .default(30)
    .meta({ description: 'pictures are kept this long after their last use' }),
  IMPASTO_PICTURES_MB: whole(10, 1_000_000_000)
    .default(10_000)
    .meta({ description: 'all kept pictures together, 5 MB for a photograph' }),
  IMPASTO_PICTURES_USER_MB: whole(1, 1_000_000_000)
    .optional()
    .meta({ description: 'one person’s of them, on all servers together', absent: 'a tenth, at least 100' }),
  IMPASTO_PICTURES_SERVER_MB: whole(1, 1_000_000_000)
    .optional()
    .meta({ description: 'one server’s of them', absent: 'half, at least 100' }),
  IMPASTO_RECORDS_DAYS: whole(1, 36_500).default(365).meta({
    description:
      'ended jobs and the audit log are kept this long; jobs with a result that is kept, as long as that',
  }),
  IMPASTO_LOG_LEVEL: oneOf(LOG_LEVELS).default('info').meta({ description: 'how much is logged' }),
  IMPASTO_REDIS_URL: redisUrl.optional().meta({
    description: 'the Redis server that the queue is on, for several machines; keep it secret',
    absent: 'none: one machine',
  }),
  IMPASTO_REDIS_PREFIX: prefix.default('impasto').meta({ description: 'what all keys there begin with' }),
  IMPASTO_DATABASE_URL: databaseUrl.optional().meta({
    description: 'a PostgreSQL database in place of SQLite; keep it secret',
    absent: 'none: a file in the data folder',
  }),
  IMPASTO_PICTURES: place
    .optional()
    .meta({ description: 'where pictures and checkpoints are', absent: 'the data folder' }),
  IMPASTO_S3_ENDPOINT: endpoint.optional().meta({ description: 'where the S3 store is', absent: 'Amazon’s' }),
  IMPASTO_S3_REGION: region.optional().meta({ description: 'its region', absent: 'as AWS’s tools find it' }),
  IMPASTO_S3_PATH_STYLE: oneOf(PATH_STYLES).default('auto').meta({
    description:
      'whether its bucket is named in the path of an address; `auto` is where there is an endpoint',
  }),
  AWS_ACCESS_KEY_ID: anyText
    .optional()
    .meta({ description: 'who asks the S3 store', absent: 'as AWS’s tools find it' }),
  AWS_SECRET_ACCESS_KEY: anyText
    .optional()
    .meta({ description: 'the secret to it', absent: 'as AWS’s tools find it' }),
  AWS_SESSION_TOKEN: anyText
    .optional()
    .meta({ description: 'the session of it', absent: 'as AWS’s tools find it' }),
  IMPASTO_DISCORD_TOKEN: discordToken
    .optional()
    .meta({ description: 'the Discord bot’s token; keep it secret', absent: 'none: not connected' }),
  IMPASTO_DISCORD_SHARDS: shards.default('auto').meta({ description: 'connections to Discord’s gateway' }),
  IMPASTO_SLACK_BOT_TOKEN: slackBotToken.optional().meta({
    description: 'the Slack app’s bot token; keep it and the next two secret',
    absent: 'none: not connected',
  }),
  IMPASTO_SLACK_APP_TOKEN: slackAppToken
    .optional()
    .meta({ description: 'its app-level token, for Socket Mode', absent: 'none' }),
  IMPASTO_SLACK_SIGNING_SECRET: slackSigningSecret
    .optional()
    .meta({ description: 'its signing secret, for HTTP in place of Socket Mode', absent: 'none' }),
  IMPASTO_SLACK_HTTP_HOST: host
    .default('127.0.0.1')
    .meta({ description: 'where Slack’s events come by HTTP' }),
  IMPASTO_SLACK_HTTP_PORT: listeningPort.default(8462).meta({ description: 'the port of the same' }),
  IMPASTO_STUDIO: oneOf(STUDIO)
    .default('auto')
    .meta({ description: 'whether the studio opens; `auto` is when no chat platform is configured' }),
  IMPASTO_STUDIO_HOST: host.default('127.0.0.1').meta({ description: 'where the studio is' }),
  IMPASTO_STUDIO_PORT: whole(0, 65_535)
    .default(8461)
    .meta({ description: 'the port of the same; 0 is any free one' }),
  IMPASTO_STUDIO_TOKEN: token
    .optional()
    .meta({ description: 'what the studio asks for; required elsewhere than on 127.0.0.1', absent: 'none' }),
  IMPASTO_TRUSTED_PROXY: proxies.default([]).meta({
    description:
      'servers in front of the studio that are believed who asks, and by HTTPS; to be set behind a proxy',
    absent: 'none',
  }),
  IMPASTO_HTTP_HOST: host.default('127.0.0.1').meta({ description: 'where `/healthz` and `/metrics` are' }),
  IMPASTO_HTTP_PORT: port.default(8460).meta({ description: 'the port of the same' }),
  IMPASTO_LIMIT_SIZE: whole(64, 8192)
    .default(2048)
    .meta({ description: 'the most that a server’s admins may allow: longer side of a painting, in pixels' }),
  IMPASTO_LIMIT_EVALUATIONS: whole(1, 100_000)
    .default(1000)
    .meta({ description: 'evaluations of one painting' }),
  IMPASTO_LIMIT_CONCURRENT_PER_USER: whole(1, 64)
    .default(2)
    .meta({ description: 'jobs of one user that are painted at once' }),
  IMPASTO_LIMIT_WAITING_PER_USER: whole(1, 1000)
    .default(10)
    .meta({ description: 'jobs of one user that wait' }),
  IMPASTO_LIMIT_JOBS_PER_USER_PER_DAY: whole(1, 100_000)
    .default(200)
    .meta({ description: 'jobs of one user in 24 hours' }),
  IMPASTO_LIMIT_SECONDS_PER_SERVER_PER_DAY: whole(1, 10_000_000)
    .default(86_400)
    .meta({ description: 'seconds of painting for one server in 24 hours' }),
});

/** What the variables say, without what contradicts itself. */
export const environmentSchema = variables
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
