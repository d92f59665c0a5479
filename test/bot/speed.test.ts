import { describe, expect, it } from 'vitest';
import { Speed } from '../../src/bot/tasks.ts';
import type { StylizeOptions } from '../../src/nst/settings.ts';

/** A machine that has not painted yet. */
function machine() {
  const kept = new Map<string, number>();
  const speed = new Speed({
    get: async (name) => kept.get(name),
    set: async (name, value) => void kept.set(name, value),
  });
  const paints = (options: StylizeOptions, ms: number) =>
    speed.record(options, { megapixelEvaluations: 1, ms });
  return { kept, speed, paints };
}

describe('a machine’s speed', () => {
  it('is expected to be somewhat less where places are matched', async () => {
    const { speed } = machine();
    const classical = await speed.current({ method: 'gatys' });
    for (const method of ['neighbour', 'mix'] as const) {
      const { ms, measured } = await speed.current({ method });
      expect(ms / classical.ms).toBeCloseTo(1.15);
      expect(measured).toBe(false);
    }
  });

  it('is measured for each method', async () => {
    const { speed, paints } = machine();
    await paints({ method: 'gatys' }, 1000);
    await paints({ method: 'mix' }, 3000);
    expect((await speed.current({ method: 'gatys' })).ms).toBe(1000);
    expect((await speed.current({ method: 'mix' })).ms).toBeCloseTo(1150 + 0.3 * (3000 - 1150));
  });

  it('under a method that was not measured follows from what was, also by an earlier version', async () => {
    const { kept, speed } = machine();
    kept.set('ms per megapixel-evaluation, light', 2000);
    expect(await speed.current({ method: 'mix' })).toEqual({ ms: 2300, measured: true });
  });
});
