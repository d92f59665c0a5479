import { ImpastoError } from '../../nst/errors.ts';
import { type Attempt, once } from './attempts.ts';

/** Methods of the store that, done a second time, would tell another outcome or leave a second trace. */
const NOT_REPEATABLE = ['transition', 'setLimits', 'save', 'remove', 'eraseUser', 'eraseServer', 'close'];

/**
 * Lets no other error than ImpastoError out of an object's methods: any other one is the database's.
 *
 * @param part - methods that return promises.
 */
export function guarded<Part extends object>(part: Part, attempt: Attempt = once): Part {
  const methods: [string, (...args: unknown[]) => Promise<unknown>][] = Object.entries(part);
  const wrapped = methods.map(([name, method]) => [
    name,
    async (...args: unknown[]) => {
      try {
        return await attempt(() => method(...args), !NOT_REPEATABLE.includes(name));
      } catch (cause) {
        throw cause instanceof ImpastoError ? cause : storeFailed('The database failed.', cause);
      }
    },
  ]);
  return Object.fromEntries(wrapped);
}

/** A failure of the database. */
export function storeFailed(message: string, cause: unknown): ImpastoError {
  return new ImpastoError('store-failed', message, {
    advice:
      'Whoever runs this bot finds the cause in its log: a full disk, permissions, a server that does not run.',
    cause,
  });
}
