import type { RedisLink } from './connection.ts';

/** Not what has been found without a lock: another worker may be about to take it. */
const RETAKE = `
if not redis.call('LPOS', KEYS[2], ARGV[1]) then return 0 end
if not redis.call('SET', KEYS[1], ARGV[2], 'NX', 'PX', ARGV[3]) then return 0 end
return redis.call('SREM', KEYS[3], ARGV[1])`;

/**
 * Locks a job again that a worker still paints, but whose lock has run out, as while the server was away; BullMQ renews
 * it from then on. Nothing happens when another has it, or when it has been found to be without a worker.
 */
export async function retakeLock(
  { redis, names }: RedisLink,
  jobId: string,
  token: string,
  lockMs: number,
): Promise<void> {
  const bullId = names.bullId(jobId);
  const keys = [names.bull(`${bullId}:lock`), names.bull('active'), names.bull('stalled')];
  await redis.eval(RETAKE, keys.length, ...keys, bullId, token, lockMs);
}
