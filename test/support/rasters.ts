import { expect } from 'vitest';
import type { Raster } from '../../src/nst/image/raster.ts';

/** The samples of a pixel. */
export function pixelAt({ width, channels, data }: Raster, x: number, y: number): number[] {
  const at = (y * width + x) * channels;
  return [...data.subarray(at, at + channels)];
}

/** Expects a pixel's samples to differ from others by no more than `most`. */
export function expectPixel(
  raster: Raster,
  x: number,
  y: number,
  expected: readonly number[],
  most: number,
): void {
  const pixel = pixelAt(raster, x, y);
  const differences = pixel.map((sample, channel) => Math.abs(sample - (expected[channel] as number)));
  expect(Math.max(...differences), `(${x}, ${y}) is ${pixel}, not ${expected}`).toBeLessThanOrEqual(most);
}
