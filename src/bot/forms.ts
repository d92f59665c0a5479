import type { Job } from '../core/job.ts';
import { allDefaults, unusualSettings } from '../nst/method-change.ts';
import { DEFAULT_METHOD } from '../nst/method-settings.ts';
import type { Actor, Place } from './chat.ts';
import { commandOf, type OptionSpec, TWEAKS } from './commands.ts';
import type { Preferences } from './preferences.ts';
import { valueText } from './text.ts';

/** What somebody wants a form for. */
export interface FormRequest {
  /** `stylize`: a picture is at hand and a request is to be made of it; `tweak`: a result is to be painted anew. */
  readonly form: 'stylize' | 'tweak';
  /** Whose result is tweaked. */
  readonly jobId?: string;
  readonly actor: Actor;
  readonly place: Place;
}

/** A field of a form: an option, and what it is filled in with beforehand. */
export interface FormField {
  readonly option: OptionSpec;
  /** At most 45 characters. */
  readonly label: string;
  readonly value?: string;
}

/** A form, small enough for every platform: a title of at most 45 characters and five fields. */
export interface Form {
  readonly title: string;
  readonly fields: readonly FormField[];
}

/** The form that changes a result's options, as they are now; of the advanced ones those that are not the default. */
export function tweakForm({ id, options }: Job): Form {
  const current: Readonly<Record<string, unknown>> = {
    ...allDefaults(options.method ?? DEFAULT_METHOD),
    ...options,
  };
  const unusual: Readonly<Record<string, unknown>> = unusualSettings(options);
  const advanced = TWEAKS.advanced
    .filter(({ setting }) => setting && unusual[setting] !== undefined)
    .map(({ name, setting }) => `${name} ${valueText(unusual[setting as string])}`)
    .join(', ');
  return {
    title: `Paint ${id} again`,
    fields: TWEAKS.fields.map((option) => field(option, option.setting ? current[option.setting] : advanced)),
  };
}

/** The form for a request whose photograph is at hand, with its user's own defaults. */
export function stylizeForm({ preset, settings }: Preferences): Form {
  const options = commandOf('stylize').options;
  const own: Readonly<Record<string, unknown>> = { preset, ...settings };
  const fields = ['style', 'style_name', 'preset', 'strength', 'colors'].flatMap((name) => {
    const option = options.find((each) => each.name === name);
    return option ? [field(option, own[name])] : [];
  });
  return { title: 'Stylize this picture', fields };
}

function field(option: OptionSpec, value: unknown): FormField {
  const label = LABELS[option.name] ?? option.name;
  return { option, label, ...(value !== undefined && value !== '' && { value: valueText(value) }) };
}

/** Labels that say more than the option's name. */
const LABELS: Readonly<Record<string, string>> = {
  style: 'Painting',
  style_name: '… or a style by its name',
  preset: 'Size and care',
  strength: 'Strength, from −3 to 3',
  size: 'Size in pixels',
  colors: 'Whose colours',
  style_scale: 'Stroke scale, from 0.1 to 4',
  advanced: 'Advanced',
};
