import path from 'node:path';
import { openCheckpointFolder } from '../queue/checkpoint-folder.ts';
import type { Checkpoints } from '../queue/checkpoints.ts';
import { openBucket } from './bucket.ts';
import { openPictureFolder, type PictureStore } from './pictures.ts';
import type { PicturesPlace, S3Credentials } from './places.ts';
import { openPostgresStore } from './postgres.ts';
import { openS3Checkpoints } from './s3-checkpoints.ts';
import { openS3Pictures } from './s3-pictures.ts';
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
export function openStore(
  { databaseUrl, databaseFile }: StorePlace,
  onLost: (error: Error) => void,
): Promise<Store> {
  return databaseUrl === undefined
    ? openSqliteStore({ file: databaseFile })
    : openPostgresStore({ url: databaseUrl, onLost });
}

/** What lies together, within reach of every process that paints. */
export interface OpenedPlace {
  readonly pictures: PictureStore;
  readonly checkpoints: Checkpoints;
}

/** Opens a place of pictures and checkpoints; nothing is asked of it yet. */
export function openPlace(place: PicturesPlace, credentials?: S3Credentials): OpenedPlace {
  if (place.type === 'folder') {
    return {
      pictures: openPictureFolder(path.join(place.folder, 'pictures')),
      checkpoints: openCheckpointFolder(path.join(place.folder, 'checkpoints')),
    };
  }
  const bucket = openBucket(place, credentials);
  return {
    pictures: openS3Pictures(bucket.under('pictures')),
    checkpoints: openS3Checkpoints(bucket.under('checkpoints')),
  };
}
