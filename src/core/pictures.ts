/** SHA-256 of a picture file's bytes as 64 hexadecimal digits: its name wherever pictures are kept. */
export type PictureHash = string;

/** Where a painter finds its pictures and leaves its results. */
export interface Pictures {
  /** @throws ImpastoError `picture-gone`, `picture-damaged` */
  get(hash: PictureHash): Promise<Uint8Array>;
  /** Keeps a picture; returns once it is on disk. */
  put(bytes: Uint8Array): Promise<PictureHash>;
}
