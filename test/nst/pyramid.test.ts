import { describe, expect, it } from 'vitest';
import { Clock } from '../../src/nst/progress.ts';
import { planLevels } from '../../src/nst/pyramid.ts';
import { parseSettings, type StylizeOptions } from '../../src/nst/settings.ts';

const plan = (options: StylizeOptions) => planLevels({ width: 1000, height: 500 }, parseSettings(options, 1));

describe('planLevels', () => {
  it('doubles from the coarsest size to the finest and halves the evaluations', () => {
    expect(plan({ size: 512, minSize: 128, iterations: 70 })).toEqual([
      { width: 128, height: 64, iterations: 40 },
      { width: 256, height: 128, iterations: 20 },
      { width: 512, height: 256, iterations: 10 },
    ]);
  });

  it('takes steps of less than two where the sizes do not double evenly, and ends at the size', () => {
    expect(plan({ size: 384 }).map(({ width }) => width)).toEqual([128, 222, 384]);
  });

  it.each([1, 2, 3, 4, 7, 100])('spends exactly %i evaluations, at least one a level', (iterations) => {
    const levels = plan({ size: 1024, minSize: 64, iterations });
    expect(levels.reduce((sum, level) => sum + level.iterations, 0)).toBe(iterations);
    expect(levels.every((level) => level.iterations >= 1)).toBe(true);
    expect(levels.at(-1)?.width).toBe(1024);
  });

  it('has one level where the coarsest size is the finest or larger', () => {
    expect(plan({ size: 100, minSize: 400 })).toHaveLength(1);
  });
});

describe('Clock', () => {
  it('predicts the rest from the evaluations of the level, in proportion to pixels', () => {
    const clock = new Clock([
      { width: 10, height: 10, iterations: 4 },
      { width: 20, height: 20, iterations: 3 },
    ]);
    clock.record(0, 100);
    clock.record(0, 300);
    expect(clock.evaluationMs).toBe(200);
    expect(clock.remainingMs(0, 2)).toBe(2 * 200 + 3 * 800);
    clock.record(1, 500);
    expect(clock.remainingMs(1, 1)).toBe(2 * 500);
  });
});
