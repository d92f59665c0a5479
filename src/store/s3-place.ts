import { openBucket } from './bucket.ts';
import type { OpenedPlace, S3Credentials, S3Place } from './places.ts';
import { openS3Checkpoints } from './s3-checkpoints.ts';
import { openS3Pictures } from './s3-pictures.ts';

/** Opens pictures, checkpoints and thumbnails in an S3 store; nothing is asked of it yet. */
export function openS3Place(place: S3Place, credentials: S3Credentials | undefined): OpenedPlace {
  const bucket = openBucket(place, credentials);
  return {
    pictures: openS3Pictures(bucket.under('pictures')),
    checkpoints: openS3Checkpoints(bucket.under('checkpoints')),
    thumbnails: openS3Pictures(bucket.under('thumbnails')),
  };
}
