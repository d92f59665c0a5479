import type { Kysely } from 'kysely';
import type { Store } from '../store.ts';
import type { Attempt } from './attempts.ts';
import { guarded } from './errors.ts';
import { jobStore } from './jobs.ts';
import { keptPictureStore } from './kept-pictures.ts';
import { measurementStore } from './measurements.ts';
import { messageStore } from './messages.ts';
import { preferenceStore } from './preferences.ts';
import { eraseServer, eraseUser } from './privacy.ts';
import { isInUse, isReferenced } from './references.ts';
import type { Schema } from './schema.ts';
import { serverStore } from './servers.ts';
import { styleStore } from './styles.ts';

/**
 * The store in a migrated database of any kind that Kysely speaks to; closing the store closes the database.
 *
 * @param attempt - how methods meet failures that pass; by default they do not.
 */
export function sqlStore(db: Kysely<Schema>, attempt?: Attempt): Store {
  return {
    jobs: guarded(jobStore(db), attempt),
    messages: guarded(messageStore(db), attempt),
    servers: guarded(serverStore(db), attempt),
    styles: guarded(styleStore(db), attempt),
    keptPictures: guarded(keptPictureStore(db), attempt),
    preferences: guarded(preferenceStore(db), attempt),
    measurements: guarded(measurementStore(db), attempt),
    ...guarded(
      {
        eraseUser: (key) => eraseUser(db, key),
        eraseServer: (key) => eraseServer(db, key),
        isInUse: (hash) => isInUse(db, hash),
        isReferenced: (hash) => isReferenced(db, hash),
        close: () => db.destroy(),
      } satisfies Partial<Store>,
      attempt,
    ),
  };
}
