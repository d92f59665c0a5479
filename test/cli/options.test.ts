import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addSettingOptions, settingsFrom } from '../../src/cli/options.ts';
import { defaultsOf } from '../../src/nst/method-settings.ts';

const command = () => addSettingOptions(new Command('paint')).exitOverride();

/** The settings among some flags. */
const settings = (...flags: string[]) =>
  settingsFrom(
    command()
      .parse(['node', 'paint', ...flags])
      .opts(),
  );

/** What the help says of a flag. */
function about(flag: string): string {
  const option = command().options.find(({ long }) => long === `--${flag}`);
  return option?.description ?? '';
}

describe('the flags of settings', () => {
  it('say of what is so or not that it is, that it is not, or nothing', () => {
    expect(settings('--style-rotations')).toEqual({ styleRotations: true });
    expect(settings('--no-style-rotations')).toEqual({ styleRotations: false });
    expect(settings()).toEqual({});
  });

  it('name the method', () => {
    expect(settings('--method', 'neighbour')).toEqual({ method: 'neighbour' });
    expect(() => settings('--method', 'brush')).toThrow(/Allowed choices are gatys, neighbour, mix/);
  });

  const [gatys, neighbour, mix] = [defaultsOf('gatys'), defaultsOf('neighbour'), defaultsOf('mix')];
  it.each([
    ['strength', '(default: 0)'],
    ['method', '(default: mix)'],
    ['style-rotations', '(default: no)'],
    ['iterations', `(default: ${mix.iterations}; ${gatys.iterations} under gatys)`],
    [
      'tv-weight',
      `(default: ${mix.tvWeight}; ${gatys.tvWeight} under gatys; ${neighbour.tvWeight} under neighbour)`,
    ],
    ['photograph-share', `(default: ${mix.photographShare}; none under gatys; 0.6 under neighbour)`],
    ['style-layers', 'as relu3_1 or relu3_1:0.5'],
  ])('tell the default of %s, and where another method has another', (flag, words) => {
    expect(about(flag).endsWith(words), about(flag)).toBe(true);
  });
});
