import { type Command, Option } from 'commander';
import { SETTING_PROPERTIES, type SettingProperty, type StylizeOptions } from '../nst/settings.ts';

/** Adds a flag for every setting of a painting, derived from the settings' schema. */
export function addSettingOptions(command: Command): Command {
  for (const [name, property] of Object.entries(SETTING_PROPERTIES)) {
    const option = new Option(`--${kebab(name)} <${placeholder(property)}>`, help(property));
    if (property.enum) option.choices(property.enum);
    else option.argParser((text: string) => parse(text, property));
    command.addOption(option);
  }
  return command;
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

function help({ description, minimum, maximum, default: standard }: SettingProperty): string {
  return `${description}${range(minimum, maximum)}${standard === undefined ? '' : ` (default: ${standard})`}`;
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

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
