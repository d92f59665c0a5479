/** What a picture may be at most, checked before it is decoded. */
export interface Limits {
  /** Width × height, in pixels; default 108 million. */
  readonly maxPixels?: number;
  /** Size of the file, in bytes; default 50 million. */
  readonly maxBytes?: number;
}

export const DEFAULT_LIMITS = { maxPixels: 108_000_000, maxBytes: 50_000_000 } as const satisfies Limits;
