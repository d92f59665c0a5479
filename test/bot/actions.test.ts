import { describe, expect, it } from 'vitest';
import { ACTIONS, buttonsFor, findAction } from '../../src/bot/actions.ts';
import { ImpastoError } from '../../src/nst/errors.ts';
import { PRESETS } from '../../src/nst/presets.ts';
import { parseSettings, type StylizeOptions, settingsSchema } from '../../src/nst/settings.ts';
import { aJob } from '../support/jobs.ts';

const change = (emoji: string, options: object = {}) =>
  findAction(emoji)?.change?.(
    aJob({ options: { method: 'mix', size: 512, iterations: 240, ...options }, result: null }),
  );

describe('reactions', () => {
  it.each([
    ['➕', { strength: 0.5 }],
    ['➖', { strength: -0.5 }],
    ['🎨', { colors: 'content' }],
    ['🔍', { size: 768 }],
    ['🖌️', { styleScale: 1.5 }],
    ['🔁', { init: 'noise' }],
  ] as const)('%s changes the one setting that it stands for', (emoji, expected) => {
    const options = change(emoji)?.options;
    expect(options).toMatchObject({ method: 'mix', size: 512, iterations: 240, ...expected });
    expect(settingsSchema.safeParse(options).success).toBe(true);
  });

  it('toggle the colours back', () => {
    expect(change('🎨', { colors: 'content' })?.options.colors).toBe('style');
  });

  it('draw another seed each time', () => {
    expect(change('🔁')?.options.seed).not.toBe(change('🔁')?.options.seed);
  });

  it('take a size that a step down has made smaller as the one to enlarge', () => {
    const job = aJob({ options: { size: 1024, iterations: 180 }, result: { size: 768 } });
    expect(findAction('🔍')?.change?.(job).options.size).toBe(1024);
  });

  it.each([
    ['➕', { strength: 3 }],
    ['➖', { strength: -3 }],
    ['🔍', { size: 8192 }],
    ['🖌️', { styleScale: 4 }],
  ] as const)('%s at the end of its range says so', (emoji, options) => {
    expect(() => change(emoji, options)).toThrow(ImpastoError);
  });

  it('stop at the end of the range rather than beyond it', () => {
    expect(change('➕', { strength: 2.8 })?.options.strength).toBe(3);
    expect(change('🖌️', { styleScale: 3 })?.options.styleScale).toBe(4);
  });

  it('are known with and without the variation selector, and by their buttons’ names', () => {
    expect(findAction('✉')).toBe(findAction('✉️'));
    expect(findAction('more-style')).toBe(findAction('➕'));
    expect(findAction('💩')).toBeUndefined();
    expect(findAction('')).toBeUndefined();
  });

  it('have distinct names and emoji', () => {
    expect(new Set(ACTIONS.map(({ name }) => name)).size).toBe(ACTIONS.length);
    expect(new Set(ACTIONS.map(({ emoji }) => emoji)).size).toBe(ACTIONS.length);
  });

  it('let one of five strengths be picked from a sheet', () => {
    const sheet = aJob({ kind: 'sweep', options: { size: 512, iterations: 180, strength: 1 } });
    expect(buttonsFor(sheet, 'result').map(({ action }) => action)).toContain('pick-1');
    expect(findAction('1️⃣')?.change?.(sheet).options.strength).toBe(0);
    expect(findAction('5️⃣')?.change?.(sheet).options.strength).toBe(2);
  });

  describe('whose form was filled in', () => {
    const before = { size: 512, iterations: 180, strength: 1, method: 'gatys' as const };
    const tweak = (options: Record<string, string>, more: StylizeOptions = {}) => {
      const job = aJob({ options: { ...before, ...more }, result: null });
      return findAction('tweak')?.change?.(job, options);
    };

    it('change what differs, everyday settings and those by name, and say so', () => {
      const changed = tweak({
        strength: '1',
        size: '768',
        colors: 'content',
        style_scale: '',
        advanced: 'style_weight 300, tv_weight: 0,5 evaluations=180',
      });
      expect(changed?.options).toEqual({
        ...before,
        size: 768,
        colors: 'content',
        styleWeight: 300,
        tvWeight: 0.5,
      });
      expect(changed?.label).toBe(
        'size 512 → 768, colors style → content, style_weight 100 → 300, tv_weight 30 → 0.5',
      );
    });

    it('take what was left at its default to the default of another method, and keep what was chosen', () => {
      const changed = tweak({ advanced: 'method mix, style_rotations yes' }, { tvWeight: 50 });
      expect(changed?.options).toEqual({
        size: 512,
        strength: 1,
        tvWeight: 50,
        styleRotations: true,
        method: 'mix',
      });
      expect(changed?.label).toBe('method gatys → mix, style_rotations no → yes');
    });

    it('give a setting the value that is said, also where it was the default of the method before', () => {
      const changed = tweak({ advanced: 'method mix, tv_weight 30' });
      expect(changed?.options).toMatchObject({ method: 'mix', tvWeight: 30 });
    });

    it('leave out what means nothing under another method, also where the form still has it', () => {
      const styled = { method: 'mix', styleWeight: 300, tvWeight: 50 } as const;
      for (const advanced of ['method neighbour', 'method neighbour, style_weight 300, tv_weight 50']) {
        const changed = tweak({ advanced }, styled)?.options;
        expect(changed).toMatchObject({ method: 'neighbour', tvWeight: 50 });
        expect(changed).not.toHaveProperty('styleWeight');
      }
    });

    it('keep what is said although it means nothing under another method, for it to be refused', () => {
      const styled = { method: 'mix', styleWeight: 300 } as const;
      const said = tweak({ advanced: 'method neighbour, style_weight 200' }, styled)?.options;
      expect(() => parseSettings(said as StylizeOptions, 1)).toThrow(
        /means nothing under the method neighbour/,
      );
    });

    it('take a painting after the paper to the defaults of another method, and keep what was chosen', () => {
      const paper = { ...PRESETS.paper, iterations: 500, styleWeight: 500, strength: 1, pooling: 'max' };
      const changed = tweak(
        { advanced: 'method mix, evaluations 500, network vgg19, style_weight 500, pooling max' },
        paper as StylizeOptions,
      );
      expect(changed?.options).toEqual({ ...PRESETS.standard, method: 'mix', strength: 1, pooling: 'max' });
      expect(changed?.label).toBe('method gatys → mix');
      const said = tweak({ advanced: 'method mix, evaluations 300' }, PRESETS.paper)?.options;
      expect(said).toMatchObject({ method: 'mix', iterations: 300 });
    });

    it.each([
      [{ strength: '1', colors: 'style' }, /Nothing was changed/],
      [{ advanced: 'method gatys, style_rotations no' }, /Nothing was changed/],
      [{ advanced: 'style_rotations twice' }, /style_rotations cannot be `twice`/],
      [{ strength: '9' }, /strength cannot be `9`/],
      [{ advanced: 'style_weight' }, /`style_weight` has no value/],
      [{ advanced: 'path ../../etc' }, /no option `path`/],
      [{ advanced: '__proto__ 1' }, /no option `__proto__`/],
      [{ mask: 'x' }, /no option `mask`/],
    ])('with %o are refused', (options, message) => {
      expect(() => tweak(options as Record<string, string>)).toThrow(message);
    });

    it('are no reaction', () => {
      expect(buttonsFor(aJob(), 'result').find(({ action }) => action === 'tweak')?.form).toBe(true);
    });
  });

  it('on a job in progress cancel it', () => {
    expect(buttonsFor(aJob(), 'progress')).toMatchObject([{ action: 'remove', label: 'cancel' }]);
  });
});
