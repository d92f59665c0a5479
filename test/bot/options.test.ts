import { describe, expect, it } from 'vitest';
import { COMMANDS, type CommandSpec, type OptionSpec } from '../../src/bot/commands.ts';
import { readOptions } from '../../src/bot/options.ts';
import { chosenSettings, readPreferences } from '../../src/bot/preferences.ts';
import { ImpastoError } from '../../src/nst/errors.ts';
import { PRESETS } from '../../src/nst/presets.ts';
import { parseSettings } from '../../src/nst/settings.ts';

const everyCommand = (commands: readonly CommandSpec[]): CommandSpec[] =>
  commands.flatMap((command) => [command, ...everyCommand(command.subcommands ?? [])]);

const stylize = COMMANDS.find(({ name }) => name === 'stylize') as CommandSpec;
const picture = { name: 'photo.jpg', fetch: async function* () {} };

const specs: OptionSpec[] = [
  { name: 'size', type: 'integer', description: 'longer side', min: 32, max: 8192 },
  { name: 'strength', type: 'number', description: 'strength', min: -3, max: 3 },
  { name: 'colors', type: 'choice', description: 'colours', choices: ['style', 'content'] },
  { name: 'sweep', type: 'boolean', description: 'sheet' },
  { name: 'style_name', type: 'text', description: 'a style', min: 1, max: 40 },
  { name: 'style', type: 'picture', description: 'the painting' },
  { name: 'user', type: 'user', description: 'somebody' },
];

describe('preferences', () => {
  it('know no preset that only every object has', () => {
    expect(readPreferences({ preset: 'constructor' }, specs)).toEqual({ settings: {} });
  });
});

describe('the command table', () => {
  it.each(everyCommand(COMMANDS).map((command) => [command.name, command] as const))(
    'keeps %s within what every platform takes',
    (_, { name, description, options, subcommands }) => {
      expect(name).toMatch(/^[a-z][a-z-]{0,31}$/);
      expect(description.length).toBeLessThanOrEqual(100);
      expect(options.length).toBeLessThanOrEqual(25);
      expect(subcommands?.length ?? 0).toBeLessThanOrEqual(25);
      expect(new Set(options.map((option) => option.name)).size).toBe(options.length);
      for (const option of options) {
        expect(option.name).toMatch(/^[a-z][a-z0-9_]{0,31}$/);
        expect(option.description.length, option.name).toBeLessThanOrEqual(100);
        expect(option.choices?.length ?? 0).toBeLessThanOrEqual(25);
      }
    },
  );

  it('offers every preset with settings that the painter takes', () => {
    for (const preset of Object.values(PRESETS)) expect(() => parseSettings(preset, 1)).not.toThrow();
  });
});

describe('options', () => {
  it('take numbers and booleans as text, too, with a comma or a typographer’s minus', () => {
    const options = readOptions({ size: ' 512 ', strength: '−0,5', sweep: 'true' }, specs);
    expect(options.number('size')).toBe(512);
    expect(options.number('strength')).toBe(-0.5);
    expect(options.flag('sweep')).toBe(true);
  });

  it.each([
    ['yes', true],
    [' On ', true],
    ['no', false],
    ['false', false],
  ])('take %j for what is so or not', (word, meant) => {
    expect(readOptions({ sweep: word }, specs).flag('sweep')).toBe(meant);
  });

  it('leave out what is empty', () => {
    expect(readOptions({ size: '', style_name: '' }, specs).names).toEqual([]);
  });

  it.each([
    ['a fraction for a whole number', { size: 512.5 }, 'size'],
    ['a number below the range', { size: 31 }, '32 to 8192'],
    ['a number above the range', { strength: 3.1 }, '-3 to 3'],
    ['a word for a number', { strength: 'much' }, '`much`'],
    ['hexadecimal', { size: '0x200' }, 'size'],
    ['an exponent without its digits', { size: '1e' }, 'size'],
    ['not a number', { strength: Number.NaN }, 'strength'],
    ['infinity', { strength: Number.POSITIVE_INFINITY }, 'strength'],
    ['an unknown choice', { colors: 'both' }, '`style` or `content`'],
    ['a word that is no answer', { sweep: 'perhaps' }, 'yes or no'],
    ['a text that is too long', { style_name: 'x'.repeat(41) }, '40 characters'],
    ['a file for a text', { style_name: picture }, 'a file'],
    ['a text for a picture', { style: '../../etc/passwd' }, 'attachment'],
    ['an id with markup', { user: '<@1>' }, 'user'],
    ['an option that does not exist', { brush: 3 }, '`brush`'],
    ['an option of every object', { constructor: 3 }, '`constructor`'],
  ])('refuse %s', (_, given, words) => {
    expect(() => readOptions(given as never, specs)).toThrow(ImpastoError);
    try {
      readOptions(given as never, specs);
    } catch (error) {
      const { code, message, advice } = error as ImpastoError;
      expect(code).toBe('bad-setting');
      expect(`${message} ${advice}`).toContain(words);
    }
  });

  it('name a required option that is missing', () => {
    const required: OptionSpec[] = [{ name: 'job', type: 'text', description: 'the id', required: true }];
    expect(() => readOptions({}, required)).toThrow(/job is missing/);
  });

  it('show what a stranger typed on one line, in a code span that it cannot end', () => {
    try {
      readOptions({ colors: 'a`b\n@everyone\u202e' }, specs);
      expect.unreachable();
    } catch (error) {
      expect((error as ImpastoError).message).toContain('`ab@everyone`');
    }
  });
});

describe('the settings of a request', () => {
  const chosen = (given: Record<string, string | number>, kept: Record<string, unknown> = {}) =>
    chosenSettings(
      readOptions({ content: picture, ...given }, stylize.options),
      stylize.options,
      readPreferences(kept, stylize.options),
    );

  const standard = { ...PRESETS.standard, method: 'mix' };

  it('are those of the standard preset without a word', () => {
    expect(chosen({})).toEqual(standard);
  });

  it('put the user’s own defaults over the preset, and what is asked for over both', () => {
    const kept = { preset: 'fine', strength: 1, colors: 'content' };
    expect(chosen({}, kept)).toEqual({
      ...PRESETS.fine,
      method: 'mix',
      strength: 1,
      colors: 'content',
    });
    expect(chosen({ strength: -1 }, kept)).toMatchObject({ strength: -1, colors: 'content' });
  });

  it('put a preset that is asked for over the size of the user’s own defaults', () => {
    expect(chosen({ preset: 'draft' }, { size: 1024, strength: 1 })).toEqual({
      ...PRESETS.draft,
      method: 'mix',
      strength: 1,
    });
  });

  it('ignore kept defaults that are no longer possible', () => {
    expect(chosen({}, { strength: 99, colors: 'sepia', preset: 'huge', brush: 1 })).toEqual(standard);
  });

  it('name the method: the one asked for, else one’s own, else that of all', () => {
    expect(chosen({ method: 'gatys' }, { method: 'neighbour' }).method).toBe('gatys');
    expect(chosen({ preset: 'fine' }, { method: 'neighbour' }).method).toBe('neighbour');
    expect(chosen({ preset: 'paper' }, { method: 'neighbour' })).toEqual(PRESETS.paper);
    expect(chosen({}, { preset: 'paper' })).toEqual(PRESETS.paper);
  });

  it('leave out one’s own defaults that mean nothing under the method, and keep what is asked for', () => {
    const kept = { style_weight: 300, styleWeight: 300, tvWeight: 10, styleRotations: true };
    const own = chosen({ method: 'neighbour' }, kept);
    expect(own).toEqual({ ...PRESETS.standard, method: 'neighbour', tvWeight: 10, styleRotations: true });
    expect(parseSettings(own, 1)).toMatchObject({ tvWeight: 10, styleRotations: true });
    const asked = chosen({ method: 'neighbour', style_weight: 300 });
    expect(() => parseSettings(asked, 1)).toThrow('styleWeight means nothing under the method neighbour');
  });

  it('leave out one’s own preset for one method under another', () => {
    expect(chosen({ method: 'neighbour' }, { preset: 'paper', strength: 1 })).toEqual({
      ...PRESETS.standard,
      method: 'neighbour',
      strength: 1,
    });
  });

  it('refuse the paper’s preset with another method', () => {
    expect(() => parseSettings(chosen({ preset: 'paper', method: 'mix' }), 1)).toThrow(
      /means nothing under the method mix/,
    );
  });

  it('have what is so or not as such', () => {
    expect(chosen({ style_rotations: 'yes' })).toMatchObject({ styleRotations: true });
    expect(chosen({ style_rotations: 'no' }, { styleRotations: true })).toMatchObject({
      styleRotations: false,
    });
    expect(chosen({}, { styleRotations: 'yes' })).not.toHaveProperty('styleRotations');
  });

  it('translate the options’ names into the painter’s', () => {
    expect(chosen({ evaluations: 50, style_scale: 2, tv_weight: 0 })).toMatchObject({
      iterations: 50,
      styleScale: 2,
      tvWeight: 0,
    });
  });
});
