import { describe, expect, it } from 'vitest';
import { luminance, matchHistogram, withLuminance } from '../../../src/nst/image/colour.ts';
import { crop, padToMultiple } from '../../../src/nst/image/pad.ts';
import { fitWithin, resizePicture } from '../../../src/nst/image/resize.ts';
import { composite, fillTransparent } from '../../../src/nst/image/transparency.ts';
import { randomValues } from '../../support/numbers.ts';

const plane = (width: number, height: number, value: (x: number, y: number) => number) =>
  Float32Array.from({ length: 3 * width * height }, (_, i) =>
    value(i % width, Math.floor(i / width) % height),
  );

describe('resizePicture', () => {
  it.each([
    [31, 17],
    [100, 60],
    [7, 3],
  ])('keeps a flat picture flat at %i×%i', (width, height) => {
    const { rgb } = resizePicture({ width: 50, height: 30, rgb: plane(50, 30, () => 0.3) }, width, height);
    expect(rgb).toHaveLength(3 * width * height);
    for (const value of rgb) expect(value).toBeCloseTo(0.3, 6);
  });

  it('keeps a ramp where it is, away from the border', () => {
    const ramp = { width: 64, height: 16, rgb: plane(64, 16, (x) => (x + 0.5) / 64) };
    for (const width of [32, 128, 96]) {
      const { rgb } = resizePicture(ramp, width, 16);
      for (let x = width / 4; x < (3 * width) / 4; x++) expect(rgb[x]).toBeCloseTo((x + 0.5) / width, 3);
    }
  });

  it('fits sizes within a longer side', () => {
    expect(fitWithin(1024, 768, 512)).toEqual({ width: 512, height: 384 });
    expect(fitWithin(3, 3000, 100)).toEqual({ width: 1, height: 100 });
  });
});

describe('padToMultiple', () => {
  it.each([
    [5, 7, 8, 0],
    [16, 16, 8, 8],
    [3, 2, 16, 20],
    [1, 1, 4, 2],
  ])(
    'pads %i×%i to multiples of %i with margin %i, and crop undoes it',
    (width, height, multiple, margin) => {
      const planes = randomValues(3 * width * height, 1);
      const padded = padToMultiple(planes, width, height, 3, multiple, margin);
      expect([padded.width % multiple, padded.height % multiple]).toEqual([0, 0]);
      const { left, top } = padded;
      expect(crop(padded.planes, padded.width, padded.height, 3, { left, top, width, height })).toEqual(
        planes,
      );
    },
  );

  it('mirrors without repeating the border', () => {
    const padded = padToMultiple(Float32Array.of(1, 2, 3), 3, 1, 1, 7, 2);
    expect(Array.from(padded.planes.subarray(0, 7))).toEqual([3, 2, 1, 2, 3, 2, 1]);
  });
});

describe('colour', () => {
  it('weighs red, green and blue as BT.601 does', () => {
    expect(Array.from(luminance(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1)))).toEqual([
      Math.fround(0.299),
      Math.fround(0.587),
      Math.fround(0.114),
    ]);
  });

  it('gives values the distribution of a reference and keeps their order', () => {
    const matched = matchHistogram(Float32Array.of(5, 1, 3, 3), Float32Array.of(0, 0.1, 0.2, 0.9));
    expect(Array.from(matched)).toEqual([0.9, 0, 0.15, 0.15].map((v) => expect.closeTo(v, 6)));
  });

  it('puts a luminance under a picture’s colours without leaving the range or turning the hue', () => {
    const content = { width: 1, height: 1, rgb: Float32Array.of(0.8, 0.4, 0.2) };
    const { rgb } = withLuminance(content, Float32Array.of(0.95));
    expect(luminance(rgb)[0]).toBeCloseTo(0.95, 5);
    expect(Math.max(...rgb)).toBeLessThanOrEqual(1);
    const [r, g, b] = rgb as unknown as [number, number, number];
    expect((r - g) / (g - b)).toBeCloseTo((0.8 - 0.4) / (0.4 - 0.2), 3);
  });
});

describe('transparency', () => {
  it('fills transparent pixels from their neighbours, whatever they hold', () => {
    const alpha = Float32Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? 1 : 0));
    const rgb = plane(8, 8, (x) => (x < 4 ? 0.25 : 0.9));
    const filled = fillTransparent({ width: 8, height: 8, rgb, alpha });
    expect(filled.alpha).toBeUndefined();
    for (const value of filled.rgb) expect(value).toBeCloseTo(0.25, 5);
  });

  it('composites by a mask', () => {
    const [base, top] = [0, 1].map((v) => ({ width: 2, height: 1, rgb: new Float32Array(6).fill(v) }));
    const { rgb } = composite(base as never, top as never, Float32Array.of(0.25, 1));
    expect(Array.from(rgb)).toEqual([0.25, 1, 0.25, 1, 0.25, 1]);
  });
});
