import { describe, expect, it } from 'vitest';
import { METHODS, type Method } from '../../src/nst/losses/settings.ts';
import { defaultsOf } from '../../src/nst/method-settings.ts';
import { parseSettings, type StylizeOptions } from '../../src/nst/settings.ts';

const parse = (options: StylizeOptions, styles = 1) => parseSettings(options, styles);

describe('settings', () => {
  it.each<[string, StylizeOptions]>([
    ['method', { method: 'magic' as Method }],
    ['contentWeight', { contentWeight: Number.NaN }],
    ['styleWeight', { styleWeight: -1 }],
    ['neighbourWeight', { neighbourWeight: -1 }],
    ['photographShare', { photographShare: 1.1 }],
    ['tvWeight', { tvWeight: Number.POSITIVE_INFINITY }],
    ['gamutWeight', { gamutWeight: Number.NaN }],
    ['size', { size: 0 }],
    ['iterations', { iterations: 0 }],
    ['minSize', { minSize: 31 }],
    ['strength', { strength: 4 }],
    ['styleBlend', { styleBlend: [1, 2, 3] }],
    ['styleBlend', { styleBlend: [0] }],
    ['styleLayers', { styleLayers: ['eyes'] }],
    ['pooling', { pooling: 'median' as 'max' }],
    ['brush', { brush: 3 } as StylizeOptions],
  ])('refuse a bad %s and name it', (name, bad) => {
    expect(() => parse(bad)).toThrow(
      expect.objectContaining({
        code: 'bad-setting',
        message: expect.stringContaining(name),
        advice: expect.any(String),
      }),
    );
  });

  it.each(METHODS)('take what is given as undefined for not given, under %s', (method) => {
    const names = Object.keys(parse({ method })) as (keyof StylizeOptions)[];
    const nothing = Object.fromEntries(names.map((name) => [name, undefined]));
    expect(parse({ ...nothing, method })).toEqual(parse({ method }));
  });

  it.each<[Method, string, StylizeOptions, Method[]]>([
    ['gatys', 'neighbourWeight', { neighbourWeight: 0 }, ['neighbour', 'mix']],
    ['gatys', 'photographShare', { photographShare: 0.5 }, ['neighbour', 'mix']],
    ['neighbour', 'styleWeight', { styleWeight: 1 }, ['gatys', 'mix']],
    ['neighbour', 'normalization gatys', { normalization: 'gatys' }, ['gatys']],
    ['mix', 'normalization gatys', { normalization: 'gatys' }, ['gatys']],
    ['gatys', 'styleRotations', { styleRotations: true }, ['neighbour', 'mix']],
  ])('refuse under %s what means nothing there, %s, and say where it does', (method, name, given, others) => {
    expect(() => parse({ method, ...given })).toThrow(
      expect.objectContaining({
        code: 'bad-setting',
        message: expect.stringMatching(new RegExp(`${name}.*${method}`)),
        advice: expect.stringContaining(`method ${others.join(' or ')}`),
      }),
    );
    for (const other of others) expect(parse({ method: other, ...given })).toMatchObject(given);
  });

  it.each(METHODS)(
    'have defaults of the method where nothing is given, and none of what means nothing: %s',
    (method) => {
      const [settings, defaults] = [parse({ method }), defaultsOf(method)];
      expect(settings).toMatchObject(defaults);
      const dependent = new Set(METHODS.flatMap((each) => Object.keys(defaultsOf(each))));
      for (const name of dependent) expect(name in settings).toBe(name in defaults);
    },
  );

  it.each(METHODS)('take every setting that has a default under the method: %s', (method) => {
    const given = Object.fromEntries(
      Object.entries(defaultsOf(method)).map(([name, value]) => [
        name,
        name === 'photographShare' ? 0.3 : Number(value) + 1,
      ]),
    );
    expect(parse({ method, size: 8192, ...given })).toMatchObject(given);
  });

  it('have the weights that the method aims with above 0', () => {
    for (const method of METHODS) {
      const { contentWeight = 0, styleWeight = 0, neighbourWeight = 0 } = defaultsOf(method);
      expect(contentWeight >= 0).toBe(true);
      expect(styleWeight > 0).toBe(method !== 'neighbour');
      expect(neighbourWeight > 0).toBe(method !== 'gatys');
    }
  });

  it('do not make the coarsest level larger than the finest', () => {
    expect(parse({ size: 40, minSize: 300 }).minSize).toBe(40);
    for (const method of METHODS) expect(parse({ method, size: 32 }).minSize).toBe(32);
  });
});
