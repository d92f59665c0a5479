import { rm } from 'node:fs/promises';
import PQueue from 'p-queue';
import type { PictureHash } from '../core/pictures.ts';
import { ImpastoError } from '../nst/errors.ts';
import { type Cleaned, GRACE_MS } from './clean.ts';
import { examineFile, type PictureStore } from './pictures.ts';
import { type LimitedShare, largerThanShare, makeRoomIn, megabytes, shareFull, sharesOf } from './shares.ts';
import type { KeptPicture, PictureOwner, Store } from './store.ts';

/** Options of {@link PictureKeeping}. */
export interface KeepingOptions {
  readonly store: Pick<Store, 'keptPictures' | 'isInUse' | 'isReferenced'>;
  readonly pictures: Omit<PictureStore, 'get' | 'put' | 'has'>;
  /** All pictures together at most, in bytes. */
  readonly maxBytes: number;
  /** One person's, on all servers of a platform. */
  readonly userBytes: number;
  /** One server's; direct messages are no server. */
  readonly serverBytes: number;
  /** Milliseconds since 1970; the clock's time by default. */
  readonly now?: () => number;
}

type Decide = <Result>(decision: () => Promise<Result>) => Promise<Result>;

/** When pictures are removed to make room, so much is left of the cap: not for each picture anew are all looked through. */
const LEFT = 0.95;

/**
 * Keeps pictures within limits: all together within a cap, one person's and one server's within their shares of it. Room
 * is made by removing the least recently used ones that are not in use, of the same share where a share is full. Pictures
 * that were kept or used in the last {@link GRACE_MS} stay: their jobs may be about to be put on record.
 *
 * In one process, decisions are made one after another. Several processes on one database know of each other's pictures:
 * what they decide in the same moment may pass a limit by one picture each.
 */
export class PictureKeeping {
  readonly #options: Required<KeepingOptions>;
  readonly #decisions = new PQueue({ concurrency: 1 });
  /** Pictures that have been admitted and may not be in their place yet. */
  readonly #underWay = new Set<KeptPicture>();
  /** What all pictures had when they were last looked through, and since when others have been added. */
  #measured = { bytes: Number.POSITIVE_INFINITY, at: 0 };

  constructor(options: KeepingOptions) {
    this.#options = { now: Date.now, ...options };
  }

  /**
   * Keeps a picture that lies in a file, for somebody. The file is gone afterwards, whatever came of it.
   *
   * @param file - one that nobody else uses, best on the file system where pictures are: then it is moved.
   * @throws ImpastoError `over-limit` when a share is full of what is in use, `disk-full` when the cap is, or the disk;
   *   `picture-too-large`, `not-readable`, `not-writable`, `store-failed`. Nothing is kept then.
   */
  async keep(file: string, owner: PictureOwner): Promise<PictureHash> {
    const { pictures, store } = this.#options;
    try {
      const picture = { ...onlyOwner(owner), ...(await examineFile(file)) };
      const isNew = await this.#decisions.add(() => this.#admit(picture));
      try {
        return await pictures.putFile(file, picture);
      } catch (error) {
        if (isNew) await store.keptPictures.forget([picture.hash], picture).catch(() => {});
        throw error;
      } finally {
        this.#underWay.delete(picture);
      }
    } finally {
      await rm(file, { force: true });
    }
  }

  /**
   * Counts a result that a painter has kept towards the share of whoever asked for it, and makes room where there are
   * now too many pictures. Results are never refused.
   *
   * @throws ImpastoError `not-readable`, `not-writable`, `store-failed`
   */
  async count(hash: PictureHash, owner: PictureOwner): Promise<void> {
    const { pictures, store, maxBytes, now } = this.#options;
    const bytes = await pictures.size(hash);
    if (bytes === undefined) return;
    await this.#decisions.add(async () => {
      const picture = { ...onlyOwner(owner), hash, bytes };
      // As used before the grace: no request is about to need it, and who deletes it at once has it removed.
      await store.keptPictures.add(picture, now(), now() - GRACE_MS - 1);
      for (const share of sharesOf(owner, this.#options)) await this.#makeRoomIn(share, picture);
      if ((await this.#total()) > maxBytes) await this.#clean(Number.POSITIVE_INFINITY, LEFT * maxBytes);
    });
  }

  /**
   * Removes what has just been kept for a request that is refused after all, unless somebody else needs it.
   *
   * @throws ImpastoError `not-writable`, `store-failed`
   */
  async takeBack(hashes: readonly PictureHash[], owner: PictureOwner): Promise<void> {
    const { store } = this.#options;
    for (const hash of hashes) {
      if (!(await store.isReferenced(hash))) await store.keptPictures.forget([hash], onlyOwner(owner));
    }
    await this.release(hashes);
  }

  /**
   * Removes those of some pictures that no job and no saved style refers to, but for those that somebody has kept in the
   * last {@link GRACE_MS}, or is about to have kept: their jobs may be about to be put on record.
   *
   * @throws ImpastoError `not-writable`, `store-failed`
   */
  async release(hashes: readonly PictureHash[]): Promise<void> {
    const { pictures, store, now } = this.#options;
    for (const hash of hashes) {
      await this.#decisions.add(async () => {
        // Somebody may have sent the same picture in the meantime.
        if (this.#isUnderWay(hash) || (await store.isReferenced(hash))) return;
        if (await store.keptPictures.usedSince(hash, now() - GRACE_MS)) return;
        await pictures.remove(hash);
        await store.keptPictures.forget([hash]);
      });
    }
  }

  /**
   * Removes pictures that have been unused for longer than a time, and those beyond the cap; never those in use.
   *
   * @param retentionMs - in milliseconds; without it none is removed for its age.
   * @throws ImpastoError `not-readable`, `not-writable`, `store-failed`
   */
  async clean(retentionMs = Number.POSITIVE_INFINITY): Promise<Cleaned> {
    const { store, maxBytes, now } = this.#options;
    // Each removal is a decision of its own: who keeps a picture waits for one of them, not for a look through all.
    const cleaned = await this.#clean(retentionMs, maxBytes, (decision) => this.#decisions.add(decision));
    if (Number.isFinite(retentionMs)) {
      await this.#decisions.add(() => store.keptPictures.forgetUnused(now() - retentionMs));
    }
    return cleaned;
  }

  /**
   * Makes room for a picture and notes it, before it is there: who decides next knows of it.
   *
   * @returns whether it is the first such picture of its owner.
   */
  async #admit(picture: KeptPicture): Promise<boolean> {
    const { pictures, store, now } = this.#options;
    const { hash, bytes } = picture;
    for (const share of sharesOf(picture, this.#options)) {
      if (bytes > share.maxBytes) throw largerThanShare(share, bytes);
      const held = await this.#makeRoomIn(share, picture);
      if (held + bytes > share.maxBytes) throw shareFull(share, held);
    }
    if ((await pictures.size(hash)) === undefined) await this.#makeRoom(bytes);
    const isNew = !(await store.keptPictures.has(picture, hash));
    await store.keptPictures.add(picture, now());
    this.#underWay.add(picture);
    return isNew;
  }

  #makeRoomIn(share: LimitedShare, picture: KeptPicture): Promise<number> {
    const { store, pictures, now } = this.#options;
    return makeRoomIn(share, picture, store, pictures, now());
  }

  async #makeRoom(bytes: number): Promise<void> {
    const { maxBytes } = this.#options;
    let held = await this.#total();
    if (held + bytes > maxBytes && bytes <= maxBytes) {
      await this.#clean(Number.POSITIVE_INFINITY, Math.min(LEFT * maxBytes, maxBytes - bytes));
      held = this.#measured.bytes;
    }
    if (held + bytes <= maxBytes) return;
    const space = `${megabytes(held)} of ${megabytes(maxBytes)}`;
    throw new ImpastoError('disk-full', `The bot’s space for pictures is full: ${space} are in use.`, {
      advice:
        'Try again when paintings that wait are done; whoever runs this bot can give it more (IMPASTO_PICTURES_MB).',
    });
  }

  /**
   * How many bytes all pictures have, or more: what has been removed since they were looked through counts, too. Before
   * anything is removed or refused for it, they are looked through anew.
   */
  async #total(): Promise<number> {
    const { bytes, at } = this.#measured;
    return bytes + (await this.#options.store.keptPictures.addedSince(at));
  }

  /** @param decide - makes each of its decisions: in their turn, or at once where it is a part of one. */
  async #clean(
    retentionMs: number,
    maxBytes: number,
    decide: Decide = (decision) => decision(),
  ): Promise<Cleaned> {
    const { pictures, store, now } = this.#options;
    const { at, coming } = await decide(async () => ({
      at: now(),
      // They may be in their place by the time that it is looked through: then they count twice.
      coming: [...this.#underWay].reduce((sum, { bytes }) => sum + bytes, 0),
    }));
    const cleaned = await pictures.clean({
      retentionMs,
      maxBytes,
      now: at,
      keep: (hash) => this.#isUnderWay(hash) || store.isInUse(hash),
      remove: (hash, removal) =>
        decide(async () => {
          const removed = await removal();
          // Before anybody keeps it anew, whose note would go with it.
          if (removed === 'removed') await store.keptPictures.forget([hash]);
          return removed;
        }),
    });
    // Room may have been made meanwhile, for which all were looked through later.
    if (at >= this.#measured.at) this.#measured = { bytes: cleaned.left + coming, at };
    return cleaned;
  }

  #isUnderWay(hash: PictureHash): boolean {
    return [...this.#underWay].some((picture) => picture.hash === hash);
  }
}

/** Without what else a job, say, has. */
function onlyOwner({ platform, server, user }: PictureOwner): PictureOwner {
  return { platform, server, user };
}
