import { describe, expect, it } from 'vitest';
import { METHODS } from '../../src/nst/losses/settings.ts';
import { Clock } from '../../src/nst/progress.ts';
import { planPasses } from '../../src/nst/pyramid.ts';
import { parseSettings, type StylizeOptions } from '../../src/nst/settings.ts';

const plan = (options: StylizeOptions) => planPasses({ width: 1000, height: 500 }, parseSettings(options, 1));

describe('planPasses', () => {
  it('doubles from the coarsest size to the finest and halves the evaluations', () => {
    expect(plan({ method: 'gatys', size: 512, minSize: 128, iterations: 70 })).toEqual([
      { level: 1, levels: 3, width: 128, height: 64, iterations: 40 },
      { level: 2, levels: 3, width: 256, height: 128, iterations: 20 },
      { level: 3, levels: 3, width: 512, height: 256, iterations: 10 },
    ]);
  });

  it('takes steps of less than two where the sizes do not double evenly, and ends at the size', () => {
    const levels = plan({ method: 'gatys', size: 384, minSize: 128 });
    expect(levels.map(({ width }) => width)).toEqual([128, 222, 384]);
  });

  describe.each(METHODS)('under the method %s', (method) => {
    it.each([1, 2, 3, 4, 7, 11, 100])('spends exactly %i evaluations, at least one a level', (iterations) => {
      const passes = plan({ method, size: 1024, minSize: 64, iterations });
      expect(passes.reduce((sum, pass) => sum + pass.iterations, 0)).toBe(iterations);
      expect(passes.every((pass) => pass.iterations >= 1)).toBe(true);
      expect(passes.at(-1)?.width).toBe(1024);
    });

    it('goes over a level again only to change something: with two evaluations or more', () => {
      for (let iterations = 1; iterations < 40; iterations++) {
        const passes = plan({ method, size: 256, minSize: 64, iterations });
        for (const level of new Set(passes.map((pass) => pass.level))) {
          const own = passes.filter((pass) => pass.level === level);
          expect(own.length === 1 || own.every((pass) => pass.iterations >= 2)).toBe(true);
        }
      }
    });

    it('goes from level to level, all passes over one at one size', () => {
      const passes = plan({ method, size: 512, minSize: 64, iterations: 200 });
      const levels = passes.map(({ level }) => level);
      expect(levels).toEqual([...levels].sort((a, b) => a - b));
      expect(new Set(levels)).toEqual(new Set([1, 2, 3, 4]));
      for (const { level, levels, width, height } of passes) {
        expect(levels).toBe(4);
        expect([width, height]).toEqual([32 * 2 ** level, 16 * 2 ** level]);
      }
    });

    it('has one level where the coarsest size is the finest or larger', () => {
      expect(plan({ method, size: 100, minSize: 400 }).every(({ levels }) => levels === 1)).toBe(true);
    });
  });
});

describe('Clock', () => {
  it('predicts the rest from the evaluations of the pass, in proportion to pixels', () => {
    const clock = new Clock([
      { level: 1, levels: 2, width: 10, height: 10, iterations: 4 },
      { level: 2, levels: 2, width: 20, height: 20, iterations: 3 },
    ]);
    clock.record(0, 100);
    clock.record(0, 300);
    expect(clock.evaluationMs).toBe(200);
    expect(clock.remainingMs(0, 2)).toBe(2 * 200 + 3 * 800);
    clock.record(1, 500);
    expect(clock.remainingMs(1, 1)).toBe(2 * 500);
  });
});
