import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { ImpastoError } from '../errors.ts';
import type { WeightFile } from './manifest.ts';

/** A file of weights as found on disk: the bytes only when they are the right ones. */
export type Found =
  | { readonly state: 'present'; readonly bytes: Uint8Array }
  | { readonly state: 'missing' | 'corrupt' };

/** Whether these are the bytes that the manifest means: by size, then SHA-256 where known, git's SHA-1 otherwise. */
export function matches(bytes: Uint8Array, file: WeightFile): boolean {
  if (bytes.length !== file.bytes) return false;
  if (file.sha256 !== undefined) return createHash('sha256').update(bytes).digest('hex') === file.sha256;
  const blob = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes);
  return blob.digest('hex') === file.gitBlobSha1;
}

/**
 * Reads and verifies one file. A file of the wrong size is not read.
 *
 * @throws ImpastoError `not-readable`
 */
export async function readVerified(path: string, file: WeightFile): Promise<Found> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size !== file.bytes) return { state: 'corrupt' };
      const bytes = await handle.readFile();
      return matches(bytes, file) ? { state: 'present', bytes } : { state: 'corrupt' };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { state: 'missing' };
    if (code === 'EISDIR') return { state: 'corrupt' };
    throw new ImpastoError('not-readable', `${path} cannot be read.`, {
      advice: 'Let the user that runs Impasto read this file and its folders, or remove it.',
      cause: error,
    });
  }
}
