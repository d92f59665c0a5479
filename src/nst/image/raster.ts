/**
 * An upright 8-bit sRGB picture as interleaved rows: 3 channels (red, green, blue), or 4 with straight (unassociated)
 * opacity. `data` has height × width × channels samples.
 */
export interface Raster {
  /** Columns, in pixels. */
  readonly width: number;
  /** Rows, in pixels. */
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array;
}
