import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/nst/settings.ts';
import { SIZE_STEPS, sizeAbove, sizeBelow } from '../../src/nst/sizes.ts';

describe('the steps of sizes', () => {
  it('rise from 256, and each is a size that a painting may have', () => {
    expect(SIZE_STEPS[0]).toBe(256);
    expect(SIZE_STEPS).toEqual([...SIZE_STEPS].sort((a, b) => a - b));
    for (const size of SIZE_STEPS) expect(settingsSchema.parse({ size }).size).toBe(size);
  });

  it('lead up and down one at a time', () => {
    for (const [index, size] of SIZE_STEPS.entries()) {
      expect(sizeAbove(size)).toBe(SIZE_STEPS[index + 1]);
      expect(sizeBelow(size)).toBe(SIZE_STEPS[index - 1]);
    }
  });

  it('lead from a size between two steps to those two', () => {
    expect(sizeAbove(500)).toBe(512);
    expect(sizeBelow(500)).toBe(384);
  });

  it('lead into their range from outside and end at its ends', () => {
    expect([sizeBelow(32), sizeAbove(32)]).toEqual([undefined, 256]);
    expect([sizeBelow(10_000), sizeAbove(10_000)]).toEqual([8192, undefined]);
  });
});
