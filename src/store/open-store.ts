import { openSqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

/** Where records are kept: in PostgreSQL where there is a URL, else in a file. */
export interface StorePlace {
  readonly databaseUrl: string | undefined;
  readonly databaseFile: string;
}

/**
 * Opens the store that is configured.
 *
 * @param onLost - told of connections that were lost while nobody used them.
 * @throws ImpastoError `store-failed`
 */
export async function openStore(
  { databaseUrl, databaseFile }: StorePlace,
  onLost: (error: Error) => void,
): Promise<Store> {
  if (databaseUrl === undefined) return openSqliteStore({ file: databaseFile });
  const { openPostgresStore } = await import('./postgres.ts');
  return openPostgresStore({ url: databaseUrl, onLost });
}
