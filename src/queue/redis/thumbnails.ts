import type { PictureHash } from '../../core/pictures.ts';

/** Where thumbnails are put. No picture that is kept for its own sake may be there. */
export interface ThumbnailStore {
  put(bytes: Uint8Array): Promise<PictureHash>;
  remove(hash: PictureHash): Promise<void>;
}

/** The thumbnails of one job, one at a time: who is too late for one gets the next. */
export class Thumbnails {
  readonly #store: ThumbnailStore;
  #latest: PictureHash | undefined;

  /** @param latest - what a lost worker has left of the same job */
  constructor(store: ThumbnailStore, latest: PictureHash | undefined) {
    this.#store = store;
    this.#latest = latest;
  }

  /** The hash of the latest one. */
  get latest(): PictureHash | undefined {
    return this.#latest;
  }

  /** Puts one in the place of the one before. */
  async show(bytes: Uint8Array): Promise<void> {
    const before = this.#latest;
    this.#latest = await this.#store.put(bytes);
    if (before !== undefined && before !== this.#latest) await this.#store.remove(before);
  }

  /** Removes the last one. */
  async clear(): Promise<void> {
    if (this.#latest !== undefined) await this.#store.remove(this.#latest);
    this.#latest = undefined;
  }
}
