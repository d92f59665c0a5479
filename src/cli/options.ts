import { type Command, Option } from 'commander';
import { z } from 'zod';
import { type StylizeOptions, settingsSchema } from '../nst/settings.ts';

/** What a JSON schema says of one setting. */
interface Property {
  readonly type: string;
  readonly description: string;
  readonly enum?: readonly string[];
  readonly items?: { readonly type: string };
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

const { properties } = z.toJSONSchema(settingsSchema, { io: 'input' }) as {
  properties: Record<string, Property>;
};

/** Adds a flag for every setting of a painting, derived from the settings' schema. */
export function addSettingOptions(command: Command): Command {
  for (const [name, property] of Object.entries(properties)) {
    const option = new Option(`--${kebab(name)} <${placeholder(property)}>`, help(property));
    if (property.enum) option.choices(property.enum);
    else option.argParser((text: string) => parse(text, property));
    command.addOption(option);
  }
  return command;
}

/** The settings among the values of a command's flags. What they may be is for the settings' schema to say. */
export function settingsFrom(values: Record<string, unknown>): StylizeOptions {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in properties));
}

function parse(text: string, { type, items }: Property): unknown {
  if (type === 'array') return text.split(',').map((entry) => parse(entry.trim(), { ...items } as Property));
  return type === 'string' ? text : number(text);
}

/** Text that is no number becomes NaN, which no setting takes; so does empty text, which Number would take for 0. */
function number(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function help({ description, minimum, maximum, default: standard }: Property): string {
  return `${description}${range(minimum, maximum)}${standard === undefined ? '' : ` (default: ${standard})`}`;
}

function range(minimum?: number, maximum = Number.POSITIVE_INFINITY): string {
  if (minimum === undefined) return '';
  return maximum < 1e12 ? ` (${minimum} to ${maximum})` : ` (${minimum} or more)`;
}

function placeholder({ type, enum: choices, items }: Property): string {
  if (choices) return 'choice';
  if (type === 'array') return items?.type === 'number' ? 'numbers' : 'layers';
  return 'number';
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
