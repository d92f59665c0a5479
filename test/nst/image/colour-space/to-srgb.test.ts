import { describe, expect, it } from 'vitest';
import { colourSpaceOf } from '../../../../src/nst/image/colour-space/space.ts';
import { toSrgb } from '../../../../src/nst/image/colour-space/to-srgb.ts';

const [BT709, BT2020, DCI, P3] = [1, 9, 11, 12];
const [SRGB, GAMMA22, LINEAR, PQ, HLG] = [13, 4, 8, 16, 18];

/** One pixel's samples in [0, 1] as 8-bit sRGB, in a picture that has a brightest grey, too. */
function shown(pixel: readonly number[], primaries: number, transfer: number, brightest = 0): number[] {
  const samples = [...pixel, brightest, brightest, brightest].map((value) => Math.round(65_535 * value));
  const data = Uint16Array.from(samples);
  return [...toSrgb({ data, channels: 3, white: 65_535 }, colourSpaceOf(primaries, transfer)).slice(0, 3)];
}

/** Every grey of a bit depth as 8-bit sRGB. */
function ramp(bits: number, primaries: number, transfer: number): number[] {
  const white = 2 ** bits - 1;
  const data = Uint16Array.from({ length: 3 * (white + 1) }, (_, at) => Math.floor(at / 3));
  const result = toSrgb({ data, channels: 3, white }, colourSpaceOf(primaries, transfer));
  return Array.from({ length: white + 1 }, (_, at) => result[3 * at] as number);
}

function expectClose(actual: readonly number[], expected: readonly number[], most: number): void {
  actual.forEach((value, at) => {
    expect(Math.abs(value - (expected[at] as number)), `${actual} is not ${expected}`).toBeLessThanOrEqual(
      most,
    );
  });
}

/** BT.2100's inverse EOTF: a luminance in cd/m² as a PQ sample. */
function pq(luminance: number): number {
  const power = (luminance / 10_000) ** 0.1593017578125;
  return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375;
}

describe('toSrgb', () => {
  it('leaves sRGB as it is, at any depth', () => {
    const data = Uint8Array.from({ length: 768 }, (_, at) => at % 256);
    expect(toSrgb({ data, channels: 3, white: 255 }, colourSpaceOf(BT709, SRGB))).toEqual(data);
    expect(ramp(16, BT709, SRGB)[0x8080]).toBe(0x80);
  });

  it.each([
    // As colour-science 0.4.7 converts them.
    [
      [112, 83, 69],
      [117, 82, 67],
    ],
    [
      [93, 107, 70],
      [89, 108, 65],
    ],
    [
      [119, 188, 172],
      [94, 190, 172],
    ],
  ])('shows Display P3’s %j as %j', (pixel, expected) => {
    expectClose(
      shown(
        pixel.map((value) => value / 255),
        P3,
        SRGB,
      ),
      expected,
      1,
    );
  });

  it('cuts off what Display P3 has beyond sRGB, as colour-managed viewers do', () => {
    expect(shown([1, 0, 0], P3, SRGB)).toEqual([255, 0, 0]);
    expect(shown([0, 1, 0], P3, SRGB)).toEqual([0, 255, 0]);
  });

  it('shows white as white, whatever the white of the space', () => {
    for (const primaries of [4, 8, 10, DCI]) {
      expect(shown([1, 1, 1], primaries, SRGB)).toEqual([255, 255, 255]);
    }
  });

  it('follows power curves and linear light', () => {
    expect(shown([0.5, 0.5, 0.5], BT709, LINEAR)).toEqual([188, 188, 188]);
    // 0.75 ** 2.2 = 0.5311, which is 0.7554 in sRGB.
    expect(shown([0.75, 0.75, 0.75], BT709, GAMMA22)).toEqual([193, 193, 193]);
  });

  it('reads samples of video range from 16 to 235', () => {
    const data = Uint8Array.of(0, 16, 235, 255, 126, 16);
    const space = { ...colourSpaceOf(BT709, SRGB), narrow: true };
    expect([...toSrgb({ data, channels: 3, white: 255 }, space)]).toEqual([0, 0, 255, 255, 128, 0]);
  });

  it('keeps opacity', () => {
    const data = Uint16Array.of(1023, 0, 0, 512, 0, 0, 0, 1023);
    const result = toSrgb({ data, channels: 4, white: 1023 }, colourSpaceOf(BT709, SRGB));
    expect([...result]).toEqual([255, 0, 0, 128, 0, 0, 0, 255]);
  });

  it('makes white of PQ’s diffuse white, and more so where nothing is brighter', () => {
    for (const peak of [300, 1000, 4000, 10_000]) {
      const [white] = shown(Array(3).fill(pq(203)), BT2020, PQ, pq(peak));
      expect(white).toBeGreaterThanOrEqual(240);
    }
    expect(shown(Array(3).fill(pq(203)), BT2020, PQ)).toEqual([255, 255, 255]);
  });

  it('leaves PQ’s tones below diffuse white as bright as they are', () => {
    // A fifth of diffuse white is 0.4845 in sRGB.
    expectClose(shown(Array(3).fill(pq(203 / 5)), BT2020, PQ, pq(1000)), [124, 124, 124], 1);
  });

  it('shows HLG’s 75 % as PQ’s 203 cd/m² (BT.2408, table 1) and its full signal as 1000', () => {
    expectClose(
      shown([0.75, 0.75, 0.75], BT2020, HLG, 1),
      shown(Array(3).fill(pq(203)), BT2020, PQ, pq(1000)),
      1,
    );
    expectClose(
      shown([0.5, 0.5, 0.5], BT2020, HLG, 1),
      shown(Array(3).fill(pq(50.7)), BT2020, PQ, pq(1000)),
      1,
    );
    expect(shown([1, 1, 1], BT2020, HLG)).toEqual([255, 255, 255]);
  });

  it.each([
    ['PQ of 10 bits', 10, PQ],
    ['PQ of 12 bits', 12, PQ],
    ['HLG of 10 bits', 10, HLG],
    ['sRGB of 10 bits', 10, SRGB],
  ])('grades %s without a step back or a band', (_, bits, transfer) => {
    const levels = ramp(bits, BT2020, transfer);
    const steps = levels.slice(1).map((level, at) => level - (levels[at] as number));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    // Ten bits of PQ are as coarse as this themselves.
    expect(Math.max(...steps)).toBeLessThanOrEqual(bits === 10 && transfer === PQ ? 2 : 1);
    expect([levels[0], levels.at(-1)]).toEqual([0, 255]);
  });

  it('keeps the hue and luminance of HDR colours beyond sRGB', () => {
    const green = pq(100);
    const [r, g, b] = shown([0, green, 0], BT2020, PQ, pq(1000)).map((value) => {
      const v = value / 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    // BT.2020's green has 0.678 of white's luminance.
    expect(0.2126 * r + 0.7152 * g + 0.0722 * b).toBeCloseTo((0.678 * 100) / 203, 2);
    // It is bluer than sRGB's.
    expect(b).toBeGreaterThan(r);
    expect(r).toBe(0);
  });

  it('takes a bright colour to its brightest, not to white', () => {
    const [r, g, b] = shown([pq(2000), pq(200), pq(200)], BT709, PQ) as [number, number, number];
    expect(r).toBe(255);
    expect(g).toBe(b);
    expect(g).toBeLessThan(150);
  });

  it('gives samples whatever it is told', () => {
    const extreme = [0, 1e-5, 0.5, 1, 42_949.67];
    for (const x of extreme) {
      for (const y of extreme) {
        const primaries = { red: [x, y], green: [y, x], blue: [x, x], white: [y, y] } as const;
        const space = { primaries, transfer: { curve: 'pq' } } as const;
        const data = Uint8Array.of(0, 128, 255, 255, 255, 255);
        expect(toSrgb({ data, channels: 3, white: 255 }, space)).toHaveLength(6);
      }
    }
  });
});
