import { ImpastoError } from '../../nst/errors.ts';

/**
 * Lets no other error than ImpastoError out of an object's methods: any other one is the database's.
 *
 * @param part - methods that return promises.
 */
export function guarded<Part extends object>(part: Part): Part {
  const methods: [string, (...args: unknown[]) => Promise<unknown>][] = Object.entries(part);
  const wrapped = methods.map(([name, method]) => [
    name,
    async (...args: unknown[]) => {
      try {
        return await method(...args);
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
    advice: 'Whoever runs this bot finds the cause in its log: a full disk, permissions, a damaged file.',
    cause,
  });
}
