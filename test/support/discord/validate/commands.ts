import {
  ApplicationCommandOptionType as Option,
  type RESTPutAPIApplicationCommandsJSONBody,
  ApplicationCommandType as Type,
} from 'discord-api-types/v10';
import { Form } from '../errors.ts';

type Loose = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;
const MAX_OPTIONS = 25;
const MAX_CHOICES = 25;
const MAX_CHARACTERS = 8000;
const MAX_COMMANDS = { [Type.ChatInput]: 100, [Type.User]: 15, [Type.Message]: 15 } as const;
const NUMERIC: readonly unknown[] = [Option.Integer, Option.Number];
const NESTING: readonly unknown[] = [Option.Subcommand, Option.SubcommandGroup];

/**
 * Checks the definitions of all commands of a place.
 *
 * @throws Refusal 50035 with a path to every error
 */
export function checkCommands(body: unknown): RESTPutAPIApplicationCommandsJSONBody {
  const form = new Form();
  const list = Array.isArray(body) ? (body as Loose[]) : [];
  form.check(Array.isArray(body), ['commands'], 'LIST_TYPE_CONVERT', 'Only iterables may be used.');
  const names = new Set<string>();
  const counts = new Map<unknown, number>();
  for (const [index, command] of list.entries()) {
    const type = command.type ?? Type.ChatInput;
    counts.set(type, (counts.get(type) ?? 0) + 1);
    const key = `${type} ${command.name}`;
    form.check(!names.has(key), [index, 'name'], 'APPLICATION_COMMANDS_DUPLICATE_NAME', 'Must be unique.');
    names.add(key);
    checkCommand(form, command, [index]);
  }
  for (const [type, max] of Object.entries(MAX_COMMANDS)) {
    const count = counts.get(Number(type)) ?? 0;
    form.check(count <= max, ['commands'], 'APPLICATION_COMMAND_TOO_MANY', `${count} of type ${type}.`);
  }
  form.done();
  return body as RESTPutAPIApplicationCommandsJSONBody;
}

function checkCommand(form: Form, command: Loose, path: Path): void {
  const {
    type = Type.ChatInput,
    name,
    description,
    options = [],
    default_member_permissions: guard,
  } = command;
  form.check(
    guard === undefined || guard === null || /^\d+$/.test(String(guard)),
    [...path, 'default_member_permissions'],
    'NUMBER_TYPE_COERCE',
    'Not a permission bit set.',
  );
  checkContexts(form, command, path);
  if (type !== Type.ChatInput) {
    const known = type === Type.User || type === Type.Message;
    form.check(known, [...path, 'type'], 'BASE_TYPE_CHOICES', 'Must be 1, 2 or 3.');
    form.text(name, [...path, 'name'], 1, 32);
    form.check(
      !description,
      [...path, 'description'],
      'APPLICATION_COMMAND_INVALID_DESCRIPTION',
      'Context menu commands have no description.',
    );
    form.check(
      !(options as []).length,
      [...path, 'options'],
      'APPLICATION_COMMAND_INVALID_OPTIONS',
      'Context menu commands have no options.',
    );
    return;
  }
  checkName(form, name, path);
  form.text(description ?? undefined, [...path, 'description'], 1, 100);
  checkOptions(form, options, [...path, 'options'], 0);
  const length = charactersOf(command);
  form.check(
    length <= MAX_CHARACTERS,
    path,
    'APPLICATION_COMMAND_TOO_LARGE',
    `Command has ${length} of at most 8000 characters.`,
  );
}

function checkContexts(form: Form, { contexts, integration_types: types }: Loose, path: Path): void {
  for (const [name, value, max] of [
    ['contexts', contexts, 2],
    ['integration_types', types, 1],
  ] as const) {
    if (value === undefined || value === null) continue;
    const list = value as number[];
    const good =
      list.length > 0 && new Set(list).size === list.length && list.every((each) => each >= 0 && each <= max);
    form.check(good, [...path, name], 'BASE_TYPE_CHOICES', `Must be distinct numbers from 0 to ${max}.`);
  }
}

function checkName(form: Form, name: unknown, path: Path): void {
  const at = [...path, 'name'];
  if (!form.text(name, at, 1, 32)) return;
  const good = NAME.test(name) && name === name.toLowerCase();
  form.check(good, at, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
}

function checkOptions(form: Form, value: unknown, path: Path, depth: number): void {
  if (!form.check(Array.isArray(value), path, 'LIST_TYPE_CONVERT', 'Only iterables may be used.')) return;
  const options = value as Loose[];
  form.check(options.length <= MAX_OPTIONS, path, 'BASE_TYPE_MAX_LENGTH', 'Must be 25 or fewer in length.');
  const nesting = options.filter(({ type }) => NESTING.includes(type)).length;
  const mixed = nesting > 0 && nesting < options.length;
  form.check(
    !mixed,
    path,
    'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
    'Sub-commands and options exclude each other.',
  );
  const names = new Set<unknown>();
  let optional = false;
  for (const [index, option] of options.entries()) {
    const at = [...path, index];
    form.check(
      !names.has(option.name),
      [...at, 'name'],
      'APPLICATION_COMMAND_OPTIONS_NAME_INVALID',
      'Option name already exists',
    );
    names.add(option.name);
    form.check(
      !(optional && option.required === true),
      at,
      'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
      'Required options must be placed before non-required options',
    );
    optional ||= option.required !== true;
    checkOption(form, option, at, depth);
  }
}

function checkOption(form: Form, option: Loose, path: Path, depth: number): void {
  const { type, name, description, options, choices, autocomplete } = option;
  checkName(form, name, path);
  form.text(description, [...path, 'description'], 1, 100);
  const types: readonly unknown[] = Object.values(Option).filter((each) => typeof each === 'number');
  form.check(types.includes(type), [...path, 'type'], 'BASE_TYPE_CHOICES', 'Unknown type of option.');
  if (NESTING.includes(type)) {
    const deep = type === Option.SubcommandGroup ? depth > 0 : depth > 1;
    form.check(!deep, path, 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', 'Nested too deeply.');
    checkOptions(form, options ?? [], [...path, 'options'], depth + 1);
    const onlySubcommands = (options as Loose[] | undefined)?.every(
      (each) => each.type === Option.Subcommand,
    );
    form.check(
      type !== Option.SubcommandGroup || onlySubcommands === true,
      path,
      'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
      'A group has sub-commands.',
    );
    return;
  }
  form.check(
    options === undefined,
    [...path, 'options'],
    'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
    'Only sub-commands have options.',
  );
  form.check(
    !(autocomplete === true && (choices as [] | undefined)?.length),
    path,
    'APPLICATION_COMMAND_OPTION_AUTOCOMPLETE_CHOICES',
    'Autocomplete and choices exclude each other.',
  );
  const choosable = type === Option.String || NUMERIC.includes(type);
  form.check(
    choosable || (!autocomplete && choices === undefined),
    path,
    'APPLICATION_COMMAND_OPTION_TYPE_CHOICES',
    'Only text and numbers have choices.',
  );
  if (choices) checkChoices(form, choices as Loose[], type, [...path, 'choices']);
  checkRange(form, option, path);
}

function checkChoices(form: Form, choices: readonly Loose[], type: unknown, path: Path): void {
  form.check(choices.length <= MAX_CHOICES, path, 'BASE_TYPE_MAX_LENGTH', 'Must be 25 or fewer in length.');
  const [names, values] = [new Set<unknown>(), new Set<unknown>()];
  for (const [index, { name, value }] of choices.entries()) {
    form.text(name, [...path, index, 'name'], 1, 100);
    if (type === Option.String) form.text(value, [...path, index, 'value'], 1, 100);
    else {
      const good = typeof value === 'number' && (type === Option.Number || Number.isInteger(value));
      form.check(good, [...path, index, 'value'], 'NUMBER_TYPE_COERCE', 'Value is not a number of the type.');
    }
    const twice = names.has(name) || values.has(value);
    form.check(
      !twice,
      [...path, index],
      'APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_EXISTS',
      'Choice name or value already exists',
    );
    names.add(name);
    values.add(value);
  }
}

function checkRange(form: Form, option: Loose, path: Path): void {
  const { type, min_value: min, max_value: max, min_length: minLength, max_length: maxLength } = option;
  const numeric = NUMERIC.includes(type);
  for (const [name, value] of Object.entries({ min_value: min, max_value: max })) {
    if (value === undefined) continue;
    form.check(
      numeric,
      [...path, name],
      'APPLICATION_COMMAND_OPTIONS_VALUE_INVALID',
      'Only numbers have a range.',
    );
    const good =
      typeof value === 'number' &&
      Math.abs(value) <= 2 ** 53 &&
      (type === Option.Number || Number.isInteger(value));
    form.check(good, [...path, name], 'NUMBER_TYPE_COERCE', 'Value is not a number of the type.');
  }
  if (min !== undefined && max !== undefined) {
    form.check(
      Number(min) <= Number(max),
      [...path, 'max_value'],
      'APPLICATION_COMMAND_OPTIONS_MIN_MAX',
      'Minimum above maximum.',
    );
  }
  for (const [name, value, least] of [
    ['min_length', minLength, 0],
    ['max_length', maxLength, 1],
  ] as const) {
    if (value === undefined) continue;
    const good =
      type === Option.String && Number.isInteger(value) && Number(value) >= least && Number(value) <= 6000;
    form.check(good, [...path, name], 'NUMBER_TYPE_MAX', `Must be a length from ${least} to 6000 of a text.`);
  }
}

/** Names, descriptions and values of a command, its options and choices, as Discord counts them; the longest locale counts. */
function charactersOf(entry: Loose): number {
  const longest = (text: unknown, localized: unknown) =>
    Math.max(
      ...[text, ...Object.values((localized as object | null) ?? {})].map(
        (each) => String(each ?? '').length,
      ),
    );
  const own =
    longest(entry.name, entry.name_localizations) +
    longest(entry.description, entry.description_localizations);
  const value = typeof entry.value === 'string' ? entry.value.length : 0;
  const below = [
    ...((entry.options as Loose[] | undefined) ?? []),
    ...((entry.choices as Loose[] | undefined) ?? []),
  ];
  return below.reduce((sum, each) => sum + charactersOf(each), own + value);
}
