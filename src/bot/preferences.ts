import { meantUnder } from '../nst/method-change.ts';
import { DEFAULT_METHOD } from '../nst/method-settings.ts';
import { PRESETS, type PresetName } from '../nst/presets.ts';
import type { StylizeOptions } from '../nst/settings.ts';
import type { OptionSpec } from './commands.ts';
import type { Options } from './options.ts';

/** A user's own defaults: a preset and settings of the painter. */
export interface Preferences {
  readonly preset?: PresetName;
  readonly settings: StylizeOptions;
}

/** Preferences as they are kept, without what has since ceased to exist or to be allowed. */
export function readPreferences(kept: Record<string, unknown>, specs: readonly OptionSpec[]): Preferences {
  const settings: Record<string, unknown> = {};
  for (const spec of specs) {
    const value = spec.setting && kept[spec.setting];
    if (spec.setting !== undefined && isUsable(value, spec)) settings[spec.setting] = value;
  }
  const { preset } = kept;
  const known = typeof preset === 'string' && Object.hasOwn(PRESETS, preset);
  return { settings, ...(known && { preset: preset as PresetName }) };
}

function isUsable(value: unknown, { type, min = -Infinity, max = Infinity, choices }: OptionSpec): boolean {
  if (choices) return choices.some((choice) => choice === value);
  if (type === 'boolean') return typeof value === 'boolean';
  return typeof value === 'number' && value >= min && value <= max;
}

/** The settings among a command's options. */
export function settingsOf(options: Options, specs: readonly OptionSpec[]): StylizeOptions {
  return Object.fromEntries(
    specs
      .filter(({ setting, name }) => setting !== undefined && options.has(name))
      .map(({ setting, name }) => [setting, options.value(name)]),
  );
}

/**
 * What is painted: a preset, over it the user's own defaults, over them what was asked for now. Of the user's defaults
 * those are left out that mean nothing under the method; what was asked for is kept, to be refused.
 */
export function chosenSettings(
  options: Options,
  specs: readonly OptionSpec[],
  own: Preferences,
): StylizeOptions {
  const preset = options.text('preset') as PresetName | undefined;
  const asked: StylizeOptions = { ...(preset && PRESETS[preset]), ...settingsOf(options, specs) };
  const usual: StylizeOptions = PRESETS[own.preset ?? 'standard'];
  const method = asked.method ?? own.settings.method ?? usual.method ?? DEFAULT_METHOD;
  // A preset that names its method is of no use under another.
  const base = usual.method === undefined || usual.method === method ? usual : PRESETS.standard;
  return { ...(preset === undefined && base), ...meantUnder(own.settings, method), method, ...asked };
}
