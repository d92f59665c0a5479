import { ImpastoError } from '../nst/errors.ts';
import type { Attachment, OptionValue } from './chat.ts';
import type { OptionSpec } from './commands.ts';
import { listed, quoted } from './text.ts';

/** An option's value after it has been checked. */
export type Value = string | number | boolean | Attachment;

/** The checked options of a command, by name; an option that was left out or empty is absent. */
export class Options {
  readonly #values: ReadonlyMap<string, Value>;

  constructor(values: ReadonlyMap<string, Value>) {
    this.#values = values;
  }

  get names(): string[] {
    return [...this.#values.keys()];
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | undefined {
    return this.#values.get(name) as string | undefined;
  }

  number(name: string): number | undefined {
    return this.#values.get(name) as number | undefined;
  }

  flag(name: string): boolean | undefined {
    return this.#values.get(name) as boolean | undefined;
  }

  value(name: string): Value | undefined {
    return this.#values.get(name);
  }

  picture(name: string): Attachment | undefined {
    return this.#values.get(name) as Attachment | undefined;
  }
}

/**
 * Checks options against a command's table. Numbers and booleans may come as text, as forms send them.
 *
 * @throws ImpastoError `bad-setting` that names the option, its value and what it takes.
 */
export function readOptions(
  given: Readonly<Record<string, OptionValue>>,
  specs: readonly OptionSpec[],
): Options {
  const values = new Map<string, Value>();
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === '') continue;
    const spec = specs.find((each) => each.name === name);
    if (!spec) throw unknownOption(name, specs);
    values.set(name, read(spec, value));
  }
  const missing = specs.find(({ name, required }) => required && !values.has(name));
  if (missing) {
    throw new ImpastoError('bad-setting', `The option ${missing.name} is missing.`, {
      advice: `It is ${missing.description}.`,
    });
  }
  return new Options(values);
}

/**
 * Options written in words: names and values in turn, apart by spaces, commas, colons or equals signs, such as
 * `style_weight 300, pooling=max`.
 *
 * @throws ImpastoError `bad-setting` when a name has no value.
 */
export function readWords(text: string): Record<string, string> {
  const words = text.split(/[\s;:=]+|,(?!\d)/).filter((word) => word !== '');
  const pairs: [string, string][] = [];
  for (let i = 0; i < words.length; i += 2) {
    const [name = '', value] = words.slice(i, i + 2);
    if (value === undefined) {
      throw new ImpastoError('bad-setting', `${quoted(name)} has no value.`, {
        advice: 'Write names and values in turn, such as: style_weight 300, tv_weight 50.',
      });
    }
    pairs.push([name.toLowerCase(), value]);
  }
  return Object.fromEntries(pairs);
}

function unknownOption(name: string, specs: readonly OptionSpec[]): ImpastoError {
  const names = specs.map((spec) => spec.name);
  return new ImpastoError('bad-setting', `There is no option ${quoted(name)}.`, {
    advice: names.length > 0 ? `There are ${listed(names)}.` : 'This command takes none.',
  });
}

function read(spec: OptionSpec, value: OptionValue): Value {
  const checked = READERS[spec.type](value, spec);
  if (checked === undefined) throw unusable(spec, value);
  return checked;
}

type Reader = (value: OptionValue, spec: OptionSpec) => Value | undefined;

const id: Reader = (value) =>
  typeof value === 'string' && /^[\w@:.-]{1,64}$/.test(value) ? value : undefined;

const READERS: Readonly<Record<OptionSpec['type'], Reader>> = {
  picture: (value) => (typeof value === 'object' ? value : undefined),
  text: (value, { min = 0, max = 2000 }) => {
    if (typeof value !== 'string') return undefined;
    const text = value.trim();
    return text.length >= min && text.length <= max ? text : undefined;
  },
  number: (value, spec) => inRange(numeric(value), spec),
  integer: (value, spec) => {
    const number = numeric(value);
    return Number.isInteger(number) ? inRange(number, spec) : undefined;
  },
  boolean: (value) => (typeof value === 'boolean' ? value : truthOf(value)),
  choice: (value, { choices = [] }) => choices.find((choice) => choice === value),
  channel: id,
  role: id,
  user: id,
};

const TRUTH: ReadonlyMap<unknown, boolean> = new Map([
  ...['yes', 'true', 'on'].map((word) => [word, true] as const),
  ...['no', 'false', 'off'].map((word) => [word, false] as const),
]);

/** What a word says of something that is so or not; undefined where it is no such word. */
export function truthOf(word: unknown): boolean | undefined {
  return TRUTH.get(typeof word === 'string' ? word.trim().toLowerCase() : word);
}

/** What an option is chosen from in a form; undefined where it is not chosen. */
export function choicesOf({ type, choices }: OptionSpec): readonly string[] | undefined {
  return type === 'boolean' ? ['yes', 'no'] : choices;
}

/** Text is read as a number as it is written in English or, with a comma, elsewhere, or by a program; other text is none. */
function numeric(value: OptionValue): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\s*[+\-−]?\d*[.,]?\d+(e[+-]?\d+)?\s*$/i.test(value)) return Number.NaN;
  return Number(value.replace('−', '-').replace(',', '.'));
}

function inRange(value: number, { min = -Infinity, max = Infinity }: OptionSpec): number | undefined {
  return value >= min && value <= max ? value : undefined;
}

function unusable(spec: OptionSpec, value: OptionValue): ImpastoError {
  const shown = typeof value === 'object' ? 'a file' : quoted(value);
  return new ImpastoError('bad-setting', `The option ${spec.name} cannot be ${shown}.`, {
    advice: `It takes ${accepted(spec)}: ${spec.description}.`,
  });
}

/** What an option takes, in words. */
export function accepted({ type, min, max, choices = [] }: OptionSpec): string {
  if (type === 'picture') return 'a picture as an attachment';
  if (type === 'choice') return listed(choices.map(quoted), 'or');
  if (type === 'boolean') return 'yes or no';
  if (type === 'text') return `a text of ${min ?? 0} to ${max} characters`;
  if (type === 'integer' || type === 'number') {
    const kind = type === 'integer' ? 'a whole number' : 'a number';
    // An upper bound beyond all use is there for the arithmetic, not for people.
    return max !== undefined && max < 1e12 ? `${kind} from ${min} to ${max}` : `${kind} of ${min} or more`;
  }
  return `a ${type}`;
}
