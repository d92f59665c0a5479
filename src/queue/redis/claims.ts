import { queueAway } from '../errors.ts';
import type { RedisLink } from './connection.ts';

/** Options of {@link createClaim}. */
export interface ClaimOptions {
  /** Seconds for which a claim is remembered, 1 or more; its clock starts with the claim. */
  readonly seconds: number;
}

/**
 * Makes a function that claims what reaches several gateways, such as an event, for one of them: the first call with an
 * id gives true, every other one false, whichever process makes it.
 *
 * @throws ImpastoError `queue-failed` (the function) when it cannot be told.
 */
export function createClaim(link: RedisLink, { seconds }: ClaimOptions): (id: string) => Promise<boolean> {
  return async (id) => {
    try {
      return (await link.redis.set(link.names.claim(id), '', 'EX', seconds, 'NX')) === 'OK';
    } catch (error) {
      throw queueAway(error);
    }
  };
}
