import type { Check } from '../../core/check.ts';
import { failureOf } from '../../core/failures.ts';
import { connectRedis, type RedisLink } from './connection.ts';
import { Roster } from './roster.ts';

/** Options of {@link checkRedis}. */
export interface CheckRedisOptions {
  /** As connectRedis() takes it. */
  readonly url: string;
  /** What the names of all keys begin with; default that of connectRedis(). */
  readonly prefix?: string | undefined;
}

const CONNECT_MS = 5000;
const OLDEST = [6, 2] as const;

/** Looks whether Redis can be reached and keeps what it is told, and how many painters there are; changes nothing. */
export async function* checkRedis({ url, prefix }: CheckRedisOptions): AsyncGenerator<Check> {
  let link: RedisLink | undefined;
  try {
    link = await connectRedis({
      url,
      ...(prefix !== undefined && { prefix }),
      connectWithinMs: CONNECT_MS,
      // What is asked of it fails, too.
      onError: () => {},
    });
    yield* checkLink(link);
  } catch (error) {
    const { message, advice } = failureOf(error);
    yield { state: 'bad', text: `${message.replace(/\.$/, '')} (${reasonOf(error)})`, advice };
  } finally {
    await link?.close();
  }
}

async function* checkLink(link: RedisLink): AsyncGenerator<Check> {
  const { redis } = link;
  const facts = factsIn(await redis.info());
  const { host, port } = redis.options;
  const { redis_version: version = '', maxmemory_policy: policy } = facts;
  const name = `Redis at ${host}:${port}`;
  if (isOld(version)) {
    yield {
      state: 'bad',
      text: `${name} is of version ${version}`,
      advice: `Update it to ${OLDEST.join('.')} or newer.`,
    };
  } else {
    yield { state: 'good', text: `${name} answers: version ${version}` };
  }
  if (policy !== undefined && policy !== 'noeviction') {
    yield {
      state: 'bad',
      text: `Redis drops jobs when its memory is full (maxmemory-policy ${policy})`,
      advice: 'Run `redis-cli CONFIG SET maxmemory-policy noeviction`, and set the same in its redis.conf',
    };
  }
  if (facts.aof_enabled === '0' && (await takesSnapshots(link)) === false) {
    yield {
      state: 'note',
      text: 'Redis keeps nothing over a restart of its own: bots submit their jobs again then',
      advice: 'Run `redis-cli CONFIG SET appendonly yes`, and set the same in its redis.conf',
    };
  }
  yield paintersOn(await new Roster(link).painters());
}

function paintersOn(painters: number): Check {
  if (painters > 0) {
    const count = painters === 1 ? 'One painter is' : `${painters} painters are`;
    return { state: 'good', text: `${count} at work on this Redis` };
  }
  return {
    state: 'note',
    text: 'No painter is at work on this Redis',
    advice: 'Start `impasto worker` on a machine that is to paint, or the bot with IMPASTO_PAINTERS above 0',
  };
}

/** Undefined where it is not for us to know: hosted servers have no CONFIG. */
async function takesSnapshots({ redis }: RedisLink): Promise<boolean | undefined> {
  try {
    const [, schedule] = (await redis.config('GET', 'save')) as string[];
    return schedule !== '';
  } catch {
    return undefined;
  }
}

/** The lines `name:value` of what INFO answers. */
function factsIn(info: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    info.split(/\r?\n/).flatMap((line) => {
      const at = line.indexOf(':');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
    }),
  );
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

/** A code of the system's, or the first word of what Redis answers, which is one. */
function reasonOf(error: unknown): string {
  const { cause = error } = error as Error;
  const { code, message = '' } = cause as { code?: string; message?: string };
  return code ?? message.split(' ')[0] ?? '';
}
