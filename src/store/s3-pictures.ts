import type { PictureHash } from '../core/pictures.ts';
import { pictureDamaged } from '../nst/image/packed-raster.ts';
import { type Bucket, ObjectTooLarge } from './bucket.ts';
import { type Removal, removeUnused, type Used } from './clean.ts';
import { hashOf } from './hash.ts';
import {
  isPictureHash,
  MAX_PICTURE_BYTES,
  type PictureStore,
  pictureGone,
  takeFile,
  unreadable,
} from './pictures.ts';
import { unwritable } from './s3-errors.ts';

/** A picture that is read is marked as used once its mark is older than this, in milliseconds: marks cost a request. */
const MARK_MS = 86_400_000;

/**
 * Pictures in an S3 store, where several processes may use them at once. An object's last modification is its last use,
 * or up to {@link MARK_MS} before: for so much longer pictures are kept, and where room is made they count as unused since
 * then. A picture that is asked for in the very moment in which it is removed is gone.
 */
export function openS3Pictures(bucket: Bucket): PictureStore {
  const fail = unwritable('pictures');
  const look = async (hash: PictureHash) =>
    isPictureHash(hash) ? bucket.look(hash).catch(unreadable) : undefined;
  const size = async (hash: PictureHash) => (await look(hash))?.bytes;
  const removeIdle = async (hash: PictureHash, since: number): Promise<Removal> => {
    const found = isPictureHash(hash) ? await bucket.look(hash).catch(fail) : undefined;
    if (!found) return 'missing';
    if (found.modifiedAt > since) return 'used';
    await bucket.remove(hash).catch(fail);
    return 'removed';
  };
  return {
    async get(hash) {
      const found = isPictureHash(hash)
        ? await bucket.get(hash, MAX_PICTURE_BYTES).catch((cause) => {
            if (cause instanceof ObjectTooLarge) throw pictureDamaged(cause);
            return unreadable(cause);
          })
        : undefined;
      if (!found) throw pictureGone();
      if ((await hashOf(found.bytes)) !== hash) throw pictureDamaged();
      // A picture that can be read but not marked is good all the same.
      if (Date.now() - found.modifiedAt > MARK_MS) await bucket.touch(hash).catch(() => undefined);
      return found.bytes;
    },
    async put(bytes) {
      const hash = await hashOf(bytes);
      await bucket.put(hash, bytes).catch(fail);
      return hash;
    },
    putFile: (file, known) =>
      takeFile(file, known, ({ hash, bytes }) => bucket.putFile(hash, file, bytes).catch(fail)),
    has: async (hash) => (await size(hash)) !== undefined,
    size,
    async remove(hash) {
      if (isPictureHash(hash)) await bucket.remove(hash).catch(fail);
    },
    removeIdle,
    async clean(options) {
      const pictures: Used[] = [];
      try {
        for await (const { name, bytes, modifiedAt } of bucket.list()) {
          if (isPictureHash(name)) pictures.push({ name, bytes, usedAt: modifiedAt });
        }
      } catch (error) {
        fail(error);
      }
      return removeUnused(pictures, options, ({ name, usedAt }) => removeIdle(name, usedAt), MARK_MS);
    },
  };
}
