import type { RedisLink } from './connection.ts';

/** Which workers live. The clock is the server's; a worker that has not been heard of in time is gone. */
const BEAT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[1] then return redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1]) end
return redis.call('ZRANGE', KEYS[1], 0, -1)`;

/** The workers that live, and how many painters they have. */
export class Roster {
  readonly #link: RedisLink;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  /** Says that a worker lives, for some milliseconds; the dispatcher is told of one that it has not known. */
  async beat(worker: string, painters: number, ttlMs: number): Promise<void> {
    const { redis, names } = this.#link;
    const added = await redis.eval(BEAT, 1, names.workers, entry(worker, painters), ttlMs);
    if (added === 1) await this.#announce();
  }

  /** Says that a worker takes no more jobs. */
  async leave(worker: string, painters: number): Promise<void> {
    const { redis, names } = this.#link;
    await redis.zrem(names.workers, entry(worker, painters));
    await this.#announce();
  }

  /** Has the dispatcher look at once. */
  async #announce(): Promise<void> {
    const { redis, names } = this.#link;
    await redis.publish(names.dispatcher, '');
  }

  /** The painters of all workers that live. */
  async painters(): Promise<number> {
    const { redis, names } = this.#link;
    const entries = (await redis.eval(BEAT, 1, names.workers)) as string[];
    return entries.reduce((sum, each) => sum + Number(each.slice(each.indexOf(' ') + 1)), 0);
  }
}

function entry(worker: string, painters: number): string {
  return `${worker} ${painters}`;
}
