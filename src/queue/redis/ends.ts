import type { QueueEvent } from '../queue.ts';
import type { RedisLink } from './connection.ts';

/** How a job ended. */
export type EndEvent = Extract<QueueEvent, { type: 'done' | 'failed' | 'cancelled' }>;

/** Ends that nobody asks for are kept so long. */
const KEPT_SECONDS = 7 * 86_400;
/** Events that BullMQ's stream keeps, about. */
export const MAX_EVENTS = 10_000;

/** A handled end is remembered so long: for workers that still have the job, or finish it late. */
const REMEMBERED_SECONDS = 120;

/** Makes the caller the one who is told of the end; says whether there is one, or one that was handled just now. */
const OWN = `
if redis.call('HEXISTS', KEYS[1], 'event') == 1 then
  redis.call('HSET', KEYS[1], 'owner', ARGV[2])
  return 1
end
if ARGV[3] == '' and redis.call('EXISTS', KEYS[1]) == 1 then return 2 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 0`;

/**
 * Of several ends the first counts, but no failure of a worker that has lost the job to another, or to those that
 * wait: the next may do better. A job that was to be cancelled ends as cancelled. Says whether the job is the caller's;
 * whoever else paints it is told to stop.
 */
const FINISH = `
local id, bull_id, token, type = ARGV[1], ARGV[2], ARGV[3], ARGV[10]
local lock = redis.call('GET', KEYS[5])
local is_elsewhere = lock and lock ~= token
if type == 'failed' and redis.call('SISMEMBER', KEYS[3], id) == 0 then
  if is_elsewhere or redis.call('LPOS', KEYS[6], bull_id) then return 0 end
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  local event = ARGV[4]
  if redis.call('SREM', KEYS[3], id) == 1 then event = ARGV[5] end
  redis.call('HSET', KEYS[1], 'event', event)
  local owner = redis.call('HGET', KEYS[2], id)
  if owner then redis.call('HSET', KEYS[1], 'owner', owner) end
  redis.call('HDEL', KEYS[2], id)
  redis.call('EXPIRE', KEYS[1], ARGV[7])
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[8], '*', 'event', 'ended', 'jobId', bull_id, 'painterMs', ARGV[6])
  if is_elsewhere then redis.call('PUBLISH', ARGV[9], id .. ' ended') end
end
return lock == token and 1 or 0`;

/** An end that its owner has not been told of can still become a cancellation. */
const CANCEL = `
if redis.call('HEXISTS', KEYS[1], 'told') == 1 then return 0 end
local event = redis.call('HGET', KEYS[1], 'event')
if event then
  local ended = cjson.decode(event)
  local ms = ended.painterMs or ended.result.painterMs
  redis.call('HSET', KEYS[1], 'event', cjson.encode({type = 'cancelled', jobId = ARGV[1], painterMs = ms}))
  return 1
end
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('SADD', KEYS[3], ARGV[1])
return 2`;

/** From here on the end stays what it is. */
const TAKE = `
local event = redis.call('HGET', KEYS[1], 'event')
if not event then return nil end
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner and owner ~= ARGV[1] then return '' end
redis.call('HSET', KEYS[1], 'told', '1')
return event`;

const FORGET = `
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner and owner ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'event')
return redis.call('EXPIRE', KEYS[1], ARGV[2])`;

/**
 * The ends of jobs. Each is written once, by whoever comes first, together with the event that tells of it, and stays
 * until the job's owner, who has submitted it last, has had it handled. So it counts for nothing how many workers have
 * painted a job, or whether BullMQ still knows of it.
 */
export class Ends {
  readonly #link: RedisLink;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  /**
   * Makes a gateway the owner of a job.
   *
   * @param again - whether an end that has been handled counts for nothing, since it is not on record
   * @returns `ended` when it has ended already; `handled` when that has been handled, too: then it is not owned.
   */
  async own(jobId: string, gateway: string, again = false): Promise<'open' | 'ended' | 'handled'> {
    const { redis, names } = this.#link;
    const values = [jobId, gateway, again ? 'again' : ''];
    const answer = await redis.eval(OWN, 2, names.end(jobId), names.owners, ...values);
    return (['open', 'ended', 'handled'] as const)[Number(answer)] ?? 'open';
  }

  /**
   * Ends a job; when it has ended already, that end stays. A failure does not end a job that another
   * worker paints, or is to take.
   *
   * @param token - of the worker's lock on the job; none for a job that was never painted
   * @returns whether the job is still that worker's.
   */
  async finish(event: EndEvent, token = ''): Promise<boolean> {
    const { redis, names } = this.#link;
    const { jobId } = event;
    const bullId = names.bullId(jobId);
    const painterMs = event.type === 'done' ? event.result.painterMs : event.painterMs;
    const cancelled: EndEvent = { type: 'cancelled', jobId, painterMs };
    const keys = [
      names.end(jobId),
      names.owners,
      names.cancels,
      names.bull('events'),
      names.bull(`${bullId}:lock`),
      names.bull('wait'),
    ];
    const events = [JSON.stringify(event), JSON.stringify(cancelled)];
    const limits = [KEPT_SECONDS, MAX_EVENTS];
    const values = [jobId, bullId, token, ...events, painterMs, ...limits, names.stops, event.type];
    return (await redis.eval(FINISH, keys.length, ...keys, ...values)) === 1;
  }

  /**
   * Sees to it that a job ends as cancelled.
   *
   * @returns `unknown` when there is no such job or its end has been told; `ended` when it had ended untold; `asked`
   *   when its worker has to do it.
   */
  async cancel(jobId: string): Promise<'unknown' | 'ended' | 'asked'> {
    const { redis, names } = this.#link;
    const keys = [names.end(jobId), names.bull(names.bullId(jobId)), names.cancels];
    const answer = await redis.eval(CANCEL, keys.length, ...keys, jobId);
    return (['unknown', 'ended', 'asked'] as const)[Number(answer)] ?? 'unknown';
  }

  /** The end of a job, to be told now; undefined when it has none, `foreign` when another gateway owns it. */
  async take(jobId: string, gateway: string): Promise<EndEvent | 'foreign' | undefined> {
    const { redis, names } = this.#link;
    const event = await redis.eval(TAKE, 1, names.end(jobId), gateway);
    if (event === '') return 'foreign';
    return event === null ? undefined : JSON.parse(String(event));
  }

  /** Removes an end that has been handled; that there was one is remembered for a while. */
  async forget(jobId: string, gateway: string): Promise<void> {
    const { redis, names } = this.#link;
    await redis.eval(FORGET, 1, names.end(jobId), gateway, REMEMBERED_SECONDS);
  }

  /** How it stands with jobs, in their order. */
  async look(jobIds: readonly string[]): Promise<Standing[]> {
    const { redis, names } = this.#link;
    const pipeline = redis.pipeline();
    for (const jobId of jobIds) {
      const bullKey = names.bull(names.bullId(jobId));
      // In this order: a job goes only after its end has come.
      pipeline.exists(bullKey).get(`${bullKey}:lock`).exists(names.end(jobId));
      pipeline.sismember(names.cancels, jobId);
    }
    const answers = (await pipeline.exec()) ?? [];
    const failed = answers.find(([error]) => error);
    if (failed) throw failed[0];
    return jobIds.map((_, index) => {
      const [exists, lock, ended, cancelled] = answers
        .slice(4 * index, 4 * index + 4)
        .map(([, value]) => value);
      return {
        exists: exists === 1,
        lock: lock as string | null,
        ended: ended === 1,
        cancelled: cancelled === 1,
      };
    });
  }
}

/** How it stands with a job. */
export interface Standing {
  /** Whether it waits or is painted. */
  readonly exists: boolean;
  /** Who paints it. */
  readonly lock: string | null;
  readonly ended: boolean;
  /** Whether it is to be cancelled. */
  readonly cancelled: boolean;
}
