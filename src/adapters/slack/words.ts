import { COMMANDS, commandOf, type OptionSpec } from '../../bot/commands.ts';
import { truthOf } from '../../bot/options.ts';
import { PRESETS } from '../../nst/presets.ts';

/** A command as somebody wrote it. */
export interface WrittenCommand {
  readonly command: string;
  readonly subcommand?: string;
  readonly options: Readonly<Record<string, string>>;
}

/** What people write, and the option that it is. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\b(keep|original|own)( the| its)? colou?rs\b/gi, 'colors content'],
  [/\b(style|painting)[’']s colou?rs\b/gi, 'colors style'],
  [/\bcolou?rs\b/gi, 'colors'],
  // Not within the name of a style, such as fine-lines; and paper is a style's name more often than a preset.
  [
    new RegExp(
      `(?<![\\w-])(${Object.keys(PRESETS)
        .filter((preset) => preset !== 'paper')
        .join('|')})(?![\\w-]| *[:=])`,
      'gi',
    ),
    'preset $1',
  ],
  [/\bpreset[\s:=]+preset\b/gi, 'preset'],
  [/\bin the style of\b/gi, 'style'],
];

/** The command that a text begins with; undefined when it begins with none. */
export function readCommand(text: string): WrittenCommand | undefined {
  const words = wordsOf(text);
  const command = words.shift()?.toLowerCase() ?? '';
  const spec = COMMANDS.find(({ name }) => name === command);
  if (!spec || command === 'stylize') return undefined;
  if (!spec.subcommands) return { command, options: readArguments(words, spec.options) };
  // Without a word more, what shows things is meant: the first of the table.
  const subcommand = words.shift()?.toLowerCase() ?? (spec.subcommands[0]?.name as string);
  const called = spec.subcommands.find(({ name }) => name === subcommand);
  return { command, subcommand, options: called ? readArguments(words, called.options) : {} };
}

/** Options of `stylize` as people say them, such as `poppy-wash strength 2 keep colours`. */
export function readRequest(text: string): Record<string, string> {
  let plain = text.replace(/^\s*stylize\b/i, ' ');
  for (const [phrase, option] of PHRASES) plain = plain.replace(phrase, ` ${option} `);
  const { options } = commandOf('stylize');
  const words = wordsOf(plain).filter((word) => !FILLERS.has(word.toLowerCase()));
  const named = words.map((word) => (word.toLowerCase() === 'style' ? 'style_name' : word));
  const pictureless = options.filter(({ type }) => type !== 'picture');
  return readArguments(named, pictureless, ({ name }) => name === 'style_name');
}

const FILLERS: ReadonlySet<string> = new Set([
  'please',
  'with',
  'and',
  'in',
  'this',
  'the',
  'it',
  'as',
  'its',
]);

/** Names with values, and values without names for the first options that take them and are yet without one. */
function readArguments(
  words: readonly string[],
  specs: readonly OptionSpec[],
  takesBareWord = ({ type }: OptionSpec) => BARE.has(type),
): Record<string, string> {
  const given = new Map<string, string>();
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] as string;
    const spec = specs.find(({ name }) => name === word.toLowerCase().replaceAll('-', '_'));
    const next = words[i + 1];
    if (spec?.type === 'boolean') {
      const said = truthOf(next);
      given.set(spec.name, String(said ?? true));
      if (said !== undefined) i += 1;
    } else if (spec) {
      given.set(spec.name, idIn(next ?? ''));
      i += 1;
    } else {
      const open = specs.find((each) => !given.has(each.name) && takesBareWord(each));
      // What fits nowhere is named for what it is: the bot tells which options there are.
      given.set(open && !given.has(word) ? open.name : word, idIn(word));
    }
  }
  return Object.fromEntries(given);
}

const BARE: ReadonlySet<OptionSpec['type']> = new Set(['text', 'choice', 'channel', 'role', 'user']);

/** The id in a mention that Slack has put in for a name: `<#C1|art>`, `<@U1>`, `<!subteam^S1|@painters>`. */
function idIn(word: string): string {
  return /^<(?:[#@]|!subteam\^)([A-Z0-9]+)(?:\|[^>]*)?>$/.exec(word)?.[1] ?? word;
}

function wordsOf(text: string): string[] {
  const plain = text.replaceAll('&lt;', '‹').replaceAll('&gt;', '›').replaceAll('&amp;', '&');
  return [...plain.matchAll(/<[^>]*>|[^\s:=,;]+(?:[.,]\d+)?/g)].map(([word]) => word);
}
