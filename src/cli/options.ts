import { type Command, Option } from 'commander';
import { valueText } from '../bot/text.ts';
import { METHODS } from '../nst/losses/settings.ts';
import { allDefaults } from '../nst/method-change.ts';
import { DEFAULT_METHOD } from '../nst/method-settings.ts';
import { separated } from '../nst/setting-error.ts';
import { SETTING_PROPERTIES, type SettingProperty, type StylizeOptions } from '../nst/settings.ts';

/** Adds a flag for every setting of a painting, derived from the settings' schema; two for one that is so or not. */
export function addSettingOptions(command: Command): Command {
  for (const [name, property] of Object.entries(SETTING_PROPERTIES)) {
    const flag = separated(name, '-');
    const about = help(name as keyof StylizeOptions, property);
    if (property.type === 'boolean') {
      command.option(`--${flag}`, about).option(`--no-${flag}`, `the opposite of --${flag}`);
      continue;
    }
    const option = new Option(`--${flag} <${placeholder(property)}>`, about);
    if (property.enum) option.choices(property.enum);
    else option.argParser((text: string) => parse(text, property));
    command.addOption(option);
  }
  return command;
}

/** What a setting is called on the command line: `--style-weight`. */
export function flagName(setting: string): string {
  return `--${separated(setting, '-')}`;
}

/** The settings among the values of a command's flags. What they may be is for the settings' schema to say. */
export function settingsFrom(values: Record<string, unknown>): StylizeOptions {
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => Object.hasOwn(SETTING_PROPERTIES, name)),
  );
}

function parse(text: string, { type, items }: SettingProperty): unknown {
  if (type === 'array')
    return text.split(',').map((entry) => parse(entry.trim(), { ...items } as SettingProperty));
  return type === 'string' ? text : number(text);
}

/** Text that is no number becomes NaN, which no setting takes; so does empty text, which Number would take for 0. */
function number(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function help(name: keyof StylizeOptions, { description, minimum, maximum }: SettingProperty): string {
  const standard = defaultText(name);
  return `${description}${range(minimum, maximum)}${standard === undefined ? '' : ` (default: ${standard})`}`;
}

/** The default where no method is named, and those under methods that have another; undefined where there is none. */
function defaultText(name: keyof StylizeOptions): string | undefined {
  const usual = allDefaults(DEFAULT_METHOD)[name];
  const others = METHODS.filter((method) => name !== 'method' && allDefaults(method)[name] !== usual);
  if (usual === undefined && others.length === 0) return undefined;
  const words = (value: unknown) => valueText(value ?? 'none');
  return [words(usual), ...others.map((each) => `${words(allDefaults(each)[name])} under ${each}`)].join(
    '; ',
  );
}

function range(minimum?: number, maximum = Number.POSITIVE_INFINITY): string {
  if (minimum === undefined) return '';
  return maximum < 1e12 ? ` (${minimum} to ${maximum})` : ` (${minimum} or more)`;
}

function placeholder({ type, enum: choices, items }: SettingProperty): string {
  if (choices) return 'choice';
  if (type === 'array') return items?.type === 'number' ? 'numbers' : 'layers';
  return 'number';
}
