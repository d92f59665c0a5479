import { ImpastoError } from '../nst/errors.ts';
import { GRACE_MS } from './clean.ts';
import type { PictureStore } from './pictures.ts';
import type { KeptPicture, PictureOwner, Share, Store } from './store.ts';

/** A share and how many bytes its pictures may have. */
export interface LimitedShare {
  readonly share: Share;
  readonly maxBytes: number;
  /** Whose it is, at the beginning of a message, and of how many. */
  readonly whose: string;
  readonly each: string;
}

/** Pictures of a share that are removed for one new picture at most: others wait. */
const MOST_REMOVED = 500;

/** The shares that a picture counts towards: its owner's, and the server's; direct messages are no server. */
export function sharesOf(
  { platform, server, user }: PictureOwner,
  { userBytes, serverBytes }: { readonly userBytes: number; readonly serverBytes: number },
): LimitedShare[] {
  const ofUser = { share: { platform, user }, maxBytes: userBytes, whose: 'Your', each: 'one person’s' };
  const ofServer = {
    share: { platform, server },
    maxBytes: serverBytes,
    whose: 'This server’s',
    each: 'one server’s',
  };
  return server.startsWith('@') ? [ofUser] : [ofUser, ofServer];
}

/**
 * Makes room for a picture in a share by removing the share's least recently used pictures that are not in use. What
 * somebody else had kept, too, only counts no longer.
 *
 * @param now - milliseconds since 1970; what was used in the last {@link GRACE_MS} stays.
 * @returns how many bytes the share's other pictures have then: with too few that can be removed, too many.
 * @throws ImpastoError `not-readable`, `not-writable`, `store-failed`
 */
export async function makeRoomIn(
  { share, maxBytes }: LimitedShare,
  { hash, bytes }: KeptPicture,
  { keptPictures: kept, isInUse }: Pick<Store, 'keptPictures' | 'isInUse'>,
  pictures: Pick<PictureStore, 'removeIdle'>,
  now: number,
): Promise<number> {
  let held = await kept.bytes(share, hash);
  if (held + bytes <= maxBytes) return held;
  const since = now - GRACE_MS;
  for (const old of await kept.leastUsed(share, since, MOST_REMOVED)) {
    // A job may have been accepted meanwhile.
    if (old.hash === hash || (await isInUse(old.hash))) continue;
    if (await kept.hasOthers(share, old.hash)) {
      await kept.forget([old.hash], share);
    } else {
      if ((await pictures.removeIdle(old.hash, since)) === 'used') continue;
      await kept.forget([old.hash]);
    }
    held -= old.bytes;
    if (held + bytes <= maxBytes) break;
  }
  return held;
}

/** @param held - what the share's other pictures have, in bytes. */
export function shareFull({ maxBytes, whose, each }: LimitedShare, held: number): ImpastoError {
  return new ImpastoError(
    'over-limit',
    `${whose} pictures take ${megabytes(held)} of the ${megabytes(maxBytes)} that ${each} may take, and all are in use.`,
    {
      advice:
        'A minute or two after paintings are done, theirs make room; those of saved styles do when `styles remove` removes them.',
    },
  );
}

export function largerThanShare({ maxBytes, each }: LimitedShare, bytes: number): ImpastoError {
  return new ImpastoError(
    'over-limit',
    `It takes ${megabytes(bytes)} to keep, but all of ${each} pictures may take ${megabytes(maxBytes)}.`,
    { advice: 'Use a smaller one.' },
  );
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
}
