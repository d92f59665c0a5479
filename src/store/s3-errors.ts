import { S3ServiceException } from '@aws-sdk/client-s3';
import { noRoom } from '../files/disk.ts';
import { ImpastoError } from '../nst/errors.ts';

/**
 * Makes what is thrown where an S3 store does not take something, in words of no address and no name of a bucket: they go
 * into chats.
 *
 * @param what - such as `pictures`.
 */
export function unwritable(what: string): (cause: unknown) => never {
  return (cause) => {
    const { name = '', $metadata } =
      cause instanceof S3ServiceException ? cause : ({} as Partial<S3ServiceException>);
    const full = $metadata?.httpStatusCode === 507 || /^(XMinioStorageFull|QuotaExceeded)/.test(name);
    if (full) throw noRoom(what, cause);
    throw new ImpastoError('not-writable', `The store of ${what} cannot be written to.`, {
      advice: 'Try again in a moment; whoever runs this bot finds the cause in its log.',
      cause,
    });
  };
}
