import { expect, it } from 'vitest';
import { fromHalf } from '../../../src/nst/weights/half.ts';

/** IEEE 754-2019, table 3.5: 1 bit of sign, 5 of exponent with bias 15, 10 of fraction. */
it.each<[string, number, number]>([
  ['one', 0x3c00, 1],
  ['minus two', 0xc000, -2],
  ['one and a half', 0x3e00, 1.5],
  ['the largest number', 0x7bff, 65_504],
  ['the smallest normal number', 0x0400, 2 ** -14],
  ['the smallest number', 0x0001, 2 ** -24],
  ['minus zero', 0x8000, -0],
  ['infinity', 0x7c00, Number.POSITIVE_INFINITY],
  ['no number', 0x7e00, Number.NaN],
])('reads %s', (_, bits, value) => {
  expect(fromHalf(Uint8Array.of(bits & 0xff, bits >> 8))[0]).toBe(value);
});

it('reads a part of a larger buffer', () => {
  const bytes = Uint8Array.of(9, 0x00, 0x3c, 0x00, 0xc0, 9).subarray(1, 5);
  expect([...fromHalf(bytes)]).toEqual([1, -2]);
});
