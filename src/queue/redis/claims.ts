import { queueAway } from '../errors.ts';
import type { RedisLink } from './connection.ts';

/**
 * Makes a function that claims what reaches several gateways, such as an event, for one of them: the first call with an
 * id within so many seconds, 1 or more, gives true, every other one false, whichever process makes it.
 *
 * @throws ImpastoError `queue-failed` (the function) when it cannot be told.
 */
export function createClaim(link: RedisLink): (id: string, seconds: number) => Promise<boolean> {
  return async (id, seconds) => {
    try {
      return (await link.redis.set(link.names.claim(id), '', 'EX', seconds, 'NX')) === 'OK';
    } catch (error) {
      throw queueAway(error);
    }
  };
}
