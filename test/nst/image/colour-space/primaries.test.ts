import { describe, expect, it } from 'vitest';
import { PRIMARIES, toSrgbMatrix } from '../../../../src/nst/image/colour-space/primaries.ts';
import { lightOf } from '../../../../src/nst/image/colour-space/transfer.ts';

describe('toSrgbMatrix', () => {
  it.each([
    // BT.2087, table 4, the other way round.
    ['BT.2020', 9, [1.6605, -0.5876, -0.0728, -0.1246, 1.1329, -0.0083, -0.0182, -0.1006, 1.1187]],
    // CSS Color 4's sample code.
    ['Display P3', 12, [1.22494, -0.22494, 0, -0.04206, 1.04206, 0, -0.01964, -0.07864, 1.09827]],
    // colour-science 0.4.7, adapted by Bradford from the projector's white.
    ['DCI-P3', 11, [1.1574, -0.1549, -0.0026, -0.0414, 1.0455, -0.0041, -0.018, -0.0786, 1.0967]],
  ])('is the published one for %s', (_, code, expected) => {
    const matrix = toSrgbMatrix(PRIMARIES[code] as (typeof PRIMARIES)[number]) ?? [];
    expect(matrix).toHaveLength(9);
    matrix.forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at] as number, 3);
    });
  });

  it('has nothing for primaries on a line, without light or with a white out of their reach', () => {
    const { red, green, blue, white } = PRIMARIES[1] as (typeof PRIMARIES)[number];
    expect(toSrgbMatrix({ red, green: red, blue: red, white })).toBeUndefined();
    expect(toSrgbMatrix({ red, green, blue: [0.47, 0.465], white })).toBeUndefined();
    expect(toSrgbMatrix({ red, green, blue, white: [0, 0] })).toBeUndefined();
    expect(toSrgbMatrix({ red, green, blue, white: [0.7, 0.3] })).toBeUndefined();
    expect(toSrgbMatrix({ red, green, blue, white: [Number.NaN, 0.3] })).toBeUndefined();
  });
});

describe('lightOf', () => {
  it.each([
    // SMPTE ST 2084's and BT.2408's figures, in cd/m²: half the signal, 100, diffuse white, 1000 and full.
    ['pq', 0.5, 92.2457 / 203],
    ['pq', 0.5081, 100 / 203],
    ['pq', 0.5807, 203 / 203],
    ['pq', 0.7518, 1000 / 203],
    ['pq', 1, 10_000 / 203],
    // BT.2100: a twelfth of the scene's light at half the signal.
    ['hlg', 0.5, 1 / 12],
    ['hlg', 1, 1],
    ['srgb', 0.5, 0.21404],
    ['smpte240m', 0.5, 0.26504],
    ['dci', 1, 52.37 / 48],
  ] as const)('of %s gives for %f the published light', (curve, sample, light) => {
    expect(lightOf({ curve })(sample) / light).toBeCloseTo(1, 2);
  });
});
