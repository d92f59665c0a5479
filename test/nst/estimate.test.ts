import { describe, expect, it } from 'vitest';
import { estimateMemory, estimateWork, largestSizeWithin } from '../../src/nst/estimate.ts';
import { parseSettings, type StylizeOptions } from '../../src/nst/settings.ts';

const settings = (options: StylizeOptions) => parseSettings(options, 1);
const square = { width: 1000, height: 1000 };
const photograph = { width: 1000, height: 800 };

describe('the estimate of the work', () => {
  it('counts pixels times evaluations of every level, in millions', () => {
    const levels = settings({ method: 'gatys', size: 512, minSize: 128, iterations: 70 });
    const evaluated = 40 * 128 ** 2 + 20 * 256 ** 2 + 10 * 512 ** 2;
    expect(estimateWork(square, levels)).toBeCloseTo(evaluated / 1e6, 10);
  });

  it('follows the proportions of the photograph', () => {
    const single = settings({ size: 500, minSize: 500, iterations: 3 });
    expect(estimateWork({ width: 200, height: 100 }, single)).toBeCloseTo((3 * 500 * 250) / 1e6, 10);
  });
});

describe('the estimate of the memory', () => {
  // Measured on whole paintings with previews and checkpoints; see estimateMemory.
  it.each<[megabytes: number, StylizeOptions, aspect?: number]>([
    [611, { size: 256 }],
    [986, { size: 384 }],
    [1520, { size: 512 }],
    [3109, { size: 768 }],
    [4066, { size: 896 }],
    [5224, { size: 1024 }],
    [1635, { size: 512 }, 1],
    [3120, { size: 768 }, 1],
    [5222, { size: 1024 }, 1],
    [2702, { size: 1024 }, 0.5],
    [7780, { size: 1536 }, 0.67],
    [980, { size: 256, layers: 'gatys' }],
    [1800, { size: 512, layers: 'gatys' }],
    [3429, { size: 768, layers: 'gatys' }],
    [711, { size: 256, contentLayers: ['relu4_2'], styleLayers: ['relu1_1', 'relu4_1'] }],
    [1467, { size: 512, optimizer: 'adam' }],
    [1531, { size: 512, pooling: 'max' }],
    [912, { size: 256, minSize: 256, history: 100, iterations: 115 }],
    [1679, { size: 512, minSize: 512, history: 60, iterations: 20 }],
    [1027, { size: 256, styleScale: 4 }],
    [413, { size: 256, network: 'compact' }],
    [844, { size: 512, network: 'compact' }],
    [1535, { size: 768, network: 'compact' }],
  ])('lies 0 to 32 %% above the measured %i MB of %j', (megabytes, options, aspect = 0.8) => {
    const measured = settings({ method: 'gatys', ...options });
    const estimate = estimateMemory({ width: 1000, height: 1000 * aspect }, measured) / 1e6;
    expect(estimate).toBeGreaterThanOrEqual(megabytes);
    expect(estimate).toBeLessThan(1.32 * megabytes);
  });
});

describe('the estimate of the memory for places', () => {
  // Measured with VGG-19 at 192 px, two evaluations.
  it.each<[megabytes: number, StylizeOptions]>([
    [806, { method: 'gatys' }],
    [980, { method: 'mix' }],
    [1290, { method: 'mix', styleRotations: true }],
  ])(
    'is not below the measured %i MB of a painting four times as large as the photograph, %j',
    (megabytes, more) => {
      const large = settings({ size: 192, iterations: 2, styleScale: 4, network: 'vgg19', ...more });
      expect(estimateMemory({ width: 192, height: 192 }, large) / 1e6).toBeGreaterThanOrEqual(megabytes);
    },
  );
});

describe('the largest size within a memory', () => {
  const bytes = (size: number) => estimateMemory(photograph, settings({ size }));

  it('is the largest step whose estimate fits', () => {
    const wanted = settings({ size: 4096 });
    expect(largestSizeWithin(bytes(768), photograph, wanted)).toBe(768);
    expect(largestSizeWithin(bytes(768) - 1, photograph, wanted)).toBe(512);
  });

  it('is not above the size that is asked for', () => {
    expect(largestSizeWithin(1e12, photograph, settings({ size: 700 }))).toBe(512);
  });

  it('depends on the settings: deeper layers leave less', () => {
    const wanted = { size: 1024 };
    expect(largestSizeWithin(bytes(768), photograph, settings({ ...wanted, layers: 'gatys' }))).toBe(512);
  });

  it('is none where not even the smallest step fits', () => {
    expect(largestSizeWithin(bytes(256) - 1, photograph, settings({}))).toBeUndefined();
  });
});
