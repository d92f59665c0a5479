import { createHash } from 'node:crypto';
import { S3ServiceException } from '@aws-sdk/client-s3';
import { ImpastoError } from '../nst/errors.ts';
import type { Bucket } from './bucket.ts';
import { removeUnused } from './clean.ts';
import { isPictureHash, notReadable, type PictureStore, pictureGone } from './pictures.ts';

/** A picture that is read is marked as used once its mark is older than this, in milliseconds: marks cost a request. */
const MARK_MS = 86_400_000;

/**
 * Pictures in an S3 store, where several processes may use them at once. An object's last modification is its last use,
 * or up to {@link MARK_MS} before: for so much longer pictures are kept. A picture that is asked for in the very moment
 * in which it is removed for being old is gone.
 */
export function openS3Pictures(bucket: Bucket): PictureStore {
  return {
    async get(hash) {
      const found = isPictureHash(hash) ? await bucket.get(hash).catch(unreadable) : undefined;
      if (!found) throw pictureGone();
      // A picture that can be read but not marked is good all the same.
      if (Date.now() - found.modifiedAt > MARK_MS) await bucket.touch(hash).catch(() => undefined);
      return found.bytes;
    },
    async put(bytes) {
      const hash = createHash('sha256').update(bytes).digest('hex');
      await bucket.put(hash, bytes).catch(unwritable);
      return hash;
    },
    async has(hash) {
      if (!isPictureHash(hash)) return false;
      return (await bucket.modifiedAt(hash).catch(unreadable)) !== undefined;
    },
    async remove(hash) {
      if (isPictureHash(hash)) await bucket.remove(hash).catch(unwritable);
    },
    async clean(options) {
      const pictures: { name: string; bytes: number; usedAt: number }[] = [];
      try {
        for await (const { name, bytes, modifiedAt } of bucket.list()) {
          if (isPictureHash(name)) pictures.push({ name, bytes, usedAt: modifiedAt + MARK_MS });
        }
      } catch (error) {
        unwritable(error);
      }
      return removeUnused(pictures, options, async ({ name, usedAt }) => {
        const modifiedAt = await bucket.modifiedAt(name).catch(unwritable);
        if (modifiedAt === undefined || modifiedAt + MARK_MS !== usedAt) return false;
        await bucket.remove(name).catch(unwritable);
        return true;
      });
    },
  };
}

function unreadable(cause: unknown): never {
  throw notReadable(cause);
}

/** Words of no address and no name of a bucket: they go into chats. */
function unwritable(cause: unknown): never {
  const { name = '', $metadata } =
    cause instanceof S3ServiceException ? cause : ({} as Partial<S3ServiceException>);
  const full = $metadata?.httpStatusCode === 507 || /^(XMinioStorageFull|QuotaExceeded)/.test(name);
  if (full) {
    throw new ImpastoError('disk-full', 'There is no room left to keep pictures.', {
      advice: 'Whoever runs this bot has to free some space.',
      cause,
    });
  }
  throw new ImpastoError('not-writable', 'The store of pictures cannot be written to.', {
    advice: 'Try again in a moment; whoever runs this bot finds the cause in its log.',
    cause,
  });
}
