import type { StyleRef } from '../core/job.ts';
import { ImpastoError } from '../nst/errors.ts';
import { allDefaults, meantUnder } from '../nst/method-change.ts';
import { DEFAULT_METHOD } from '../nst/method-settings.ts';
import { PRESETS, type PresetName } from '../nst/presets.ts';
import type { StylizeOptions } from '../nst/settings.ts';
import type { Attachment, CommandEvent } from './chat.ts';
import type { OptionSpec } from './commands.ts';
import type { Options } from './options.ts';
import { counted } from './text.ts';

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

/** The settings that are not the defaults of their method; the method is among them where it is not the usual one. */
export function unusualSettings(options: StylizeOptions): StylizeOptions {
  const { method = DEFAULT_METHOD } = options;
  const standard: Readonly<Record<string, unknown>> = { ...allDefaults(method), method: DEFAULT_METHOD };
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => value !== undefined && value !== standard[name]),
  );
}

/** The pictures of a request, by what they are for. A style is a picture, a name, or one that has been taken in. */
export interface RequestPictures {
  readonly content: Attachment;
  readonly styles: readonly (Attachment | string | StyleRef)[];
  readonly mask: Attachment | undefined;
}

/**
 * Sorts out a request's pictures; one that came without saying what it is, after the photograph, is the painting.
 *
 * @param held - the style of a request that has none.
 * @throws ImpastoError `missing-file` without a style, `too-many-pictures`, `bad-setting`
 */
export function requestPictures(
  event: CommandEvent,
  options: Options,
  held: StyleRef | undefined,
): RequestPictures {
  const loose = [...(event.attachments ?? [])];
  const given = (name: string): Attachment | string | undefined => {
    const [picture, named] = [options.picture(name), options.text(`${name}_name`)];
    if (picture && named) {
      throw new ImpastoError('bad-setting', `There are a picture and a name for ${name}.`, {
        advice: 'Give one of the two.',
      });
    }
    return picture ?? named;
  };
  const first = given('style') ?? loose.shift() ?? held;
  const second = given('style2');
  if (loose.length > 0) {
    const message = `I do not know what ${counted(loose.length, 'more picture')} would be for.`;
    throw new ImpastoError('too-many-pictures', message, {
      advice: 'Send the photograph first and then one painting; a second painting goes into style2.',
    });
  }
  if (!first) {
    throw new ImpastoError('missing-file', 'There is no style.', {
      advice: 'Attach a painting as style, or name one as style_name: `styles list` shows them.',
    });
  }
  const content = options.picture('content') as Attachment;
  return { content, styles: second ? [first, second] : [first], mask: options.picture('mask') };
}
