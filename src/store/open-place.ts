import path from 'node:path';
import { openCheckpointFolder } from './checkpoint-folder.ts';
import { openPictureFolder } from './pictures.ts';
import type { OpenedPlace, PicturesPlace, S3Credentials } from './places.ts';

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
