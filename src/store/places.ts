import path from 'node:path';
import type { Checkpoints } from '../core/checkpoints.ts';
import type { PictureStore } from './pictures.ts';

/** A folder, or a part of a bucket, that holds pictures and checkpoints. */
export type PicturesPlace = FolderPlace | S3Place;

export interface FolderPlace {
  readonly type: 'folder';
  /** An absolute path. */
  readonly folder: string;
}

/** A bucket of a store that speaks S3. */
export interface S3Place {
  readonly type: 's3';
  readonly bucket: string;
  /** What all names begin with: nothing, or a path that ends in a slash. */
  readonly prefix: string;
  /** Where the store is; Amazon's own by default. */
  readonly endpoint?: string | undefined;
  /** By default what AWS_REGION and AWS's files say; `us-east-1` for another store than Amazon's. */
  readonly region?: string | undefined;
  /** Whether the bucket is named in the path of an address, not in its host. */
  readonly pathStyle: boolean;
}

/** Who asks an S3 store; found as AWS's tools find it where undefined. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What lies together, within reach of every process that paints. */
export interface OpenedPlace {
  readonly pictures: PictureStore;
  readonly checkpoints: Checkpoints;
  /** Of paintings that go on. They are removed without asking who uses them, and so lie apart from users' pictures. */
  readonly thumbnails: PictureStore;
}

/**
 * Reads `file:/path` or `s3://bucket/prefix`.
 *
 * @returns undefined for anything else.
 */
export function parsePlace(
  value: string,
): FolderPlace | Pick<S3Place, 'type' | 'bucket' | 'prefix'> | undefined {
  const [, folder] = /^file:(?:\/\/)?(\/[^?#]*)$/.exec(value) ?? [];
  if (folder !== undefined) return { type: 'folder', folder: path.resolve(folder) };
  const [, bucket, rest = ''] =
    /^s3:\/\/([a-z\d][a-z\d.-]{1,61}[a-z\d])(?:\/([\w!.*'()/-]{0,500}))?$/.exec(value) ?? [];
  if (bucket === undefined) return undefined;
  const parts = rest.split('/').filter((part) => part !== '');
  if (parts.includes('.') || parts.includes('..')) return undefined;
  return { type: 's3', bucket, prefix: parts.map((part) => `${part}/`).join('') };
}
