import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setImmediate as otherWork } from 'node:timers/promises';
import type { PictureHash } from '../core/pictures.ts';

/** What is hashed at once, in bytes: about a millisecond, after which others have their turn. */
const CHUNK_BYTES = 1 << 18;

/** The SHA-256 of bytes in memory. */
export async function hashOf(bytes: Uint8Array): Promise<PictureHash> {
  const hash = createHash('sha256');
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    if (start > 0) await otherWork();
    hash.update(bytes.subarray(start, start + CHUNK_BYTES));
  }
  return hash.digest('hex');
}

/**
 * The SHA-256 of a file, however large: it is never in memory as a whole.
 *
 * @throws an error of the file system.
 */
export async function hashFile(file: string): Promise<PictureHash> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * Reads a file of a given size and sees whether its bytes have a given SHA-256.
 *
 * @returns undefined where they have another, or end before.
 * @throws an error of the file system.
 */
export async function readVerified(
  handle: FileHandle,
  size: number,
  expected: PictureHash,
): Promise<Buffer | undefined> {
  const bytes = Buffer.allocUnsafeSlow(size);
  const hash = createHash('sha256');
  for (let at = 0; at < size; ) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(CHUNK_BYTES, size - at), at);
    if (bytesRead === 0) return undefined;
    hash.update(bytes.subarray(at, at + bytesRead));
    at += bytesRead;
  }
  return hash.digest('hex') === expected ? bytes : undefined;
}
