import path from 'node:path';
import type { Checkpoints } from '../core/checkpoints.ts';
import { openCheckpointFolder } from './checkpoint-folder.ts';
import { openPictureFolder, type PictureStore } from './pictures.ts';
import type { PicturesPlace, S3Credentials } from './places.ts';

/** What lies together, within reach of every process that paints. */
export interface OpenedPlace {
  readonly pictures: PictureStore;
  readonly checkpoints: Checkpoints;
  /** Of paintings that go on. They are removed without asking who uses them, and so lie apart from users' pictures. */
  readonly thumbnails: PictureStore;
}

/** Opens a place of pictures, checkpoints and thumbnails; nothing is asked of it yet. */
export async function openPlace(place: PicturesPlace, credentials?: S3Credentials): Promise<OpenedPlace> {
  if (place.type === 'folder') {
    return {
      pictures: openPictureFolder(path.join(place.folder, 'pictures')),
      checkpoints: openCheckpointFolder(path.join(place.folder, 'checkpoints')),
      thumbnails: openPictureFolder(path.join(place.folder, 'thumbnails')),
    };
  }
  // Amazon's SDK is large: it is loaded where it is used.
  const { openS3Place } = await import('./s3-place.ts');
  return openS3Place(place, credentials);
}
