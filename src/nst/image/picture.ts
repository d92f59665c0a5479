/**
 * A decoded picture in the form the networks take: planar (channel, row, column), sRGB values scaled so that
 * black is 0 and white is 1. Values of a picture under optimisation may leave [0, 1]; encoding clamps them.
 */
export interface Picture {
  /** Columns, in pixels. */
  readonly width: number;
  /** Rows, in pixels. */
  readonly height: number;
  /** Red, green and blue planes, one after the other: 3 × height × width values. */
  readonly rgb: Float32Array;
  /** Opacity, height × width values in [0, 1]; absent when the picture is opaque. */
  readonly alpha?: Float32Array;
}
