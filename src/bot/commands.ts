import { PRESETS } from '../nst/presets.ts';
import { separated } from '../nst/setting-error.ts';
import { SETTING_PROPERTIES, type StylizeOptions } from '../nst/settings.ts';
import { LIMITS, type LimitName } from './limits.ts';

/** What can be given for an option. A picture is an attachment; channel, role and user are ids. */
export type OptionType =
  | 'picture'
  | 'text'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'choice'
  | 'channel'
  | 'role'
  | 'user';

/** An option of a command. Names have at most 32 characters, descriptions at most 100. */
export interface OptionSpec {
  readonly name: string;
  readonly type: OptionType;
  readonly description: string;
  readonly required?: true;
  /** Of a number, or of a text's length. */
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** Where completions come from. */
  readonly suggest?: 'styles' | 'saved-styles' | 'jobs';
  /** The painter's setting that this is. */
  readonly setting?: keyof StylizeOptions;
}

export interface CommandSpec {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionSpec[];
  /** A command with subcommands has no options of its own. */
  readonly subcommands?: readonly CommandSpec[];
  /** For those who manage the server. */
  readonly admin?: true;
  /** Its answer is for everybody, where a platform has to know before there is one. */
  readonly shared?: true;
}

/** What a setting of the painter is called in a chat: `style_weight`; members know its iterations as evaluations. */
export function optionName(setting: string): string {
  return setting === 'iterations' ? 'evaluations' : separated(setting, '_');
}

/** An option that is a setting of the painter: its type and range are the setting's. */
function setting(key: keyof StylizeOptions, description: string): OptionSpec {
  const name = optionName(key);
  const { type, enum: choices, minimum: min, maximum: max } = SETTING_PROPERTIES[key];
  const range = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
  if (choices) return { name, type: 'choice', description, choices, setting: key };
  if (type === 'boolean') return { name, type, description, setting: key };
  return { name, type: type === 'integer' ? 'integer' : 'number', description, ...range, setting: key };
}

const preset: OptionSpec = {
  name: 'preset',
  type: 'choice',
  description: 'draft: small and quick · standard · fine: larger, with more care · paper: as in 2015',
  choices: Object.keys(PRESETS),
};

const everyday: readonly OptionSpec[] = [
  preset,
  setting('strength', 'more of the painting (up to 3) or of the photograph (down to −3)'),
  setting('size', 'longer side of the result in pixels'),
  setting('colors', 'whose colours the result has: the style’s, or the photograph’s (content)'),
  setting('styleScale', 'larger makes larger strokes; 1 is the painting’s own'),
];

const craft: readonly OptionSpec[] = [
  setting('method', 'neighbour: place by place, faces stay faces · gatys: the classic of 2015 · mix: both'),
  setting('iterations', 'how long the painter works on it'),
  setting('network', 'vgg19 · compact: quicker, and always at hand · auto: vgg19 where it can be had'),
  setting('layers', 'light: quick · gatys: the layers of the paper, half as slow again'),
  setting('pooling', 'pooling of the network'),
  setting('optimizer', 'method of optimisation'),
  setting('contentWeight', 'content weight α, for those who know'),
  setting('styleWeight', 'style weight β, for those who know'),
  setting('tvWeight', 'total variation weight: smooths noise'),
  setting('styleRotations', 'take places of the painting turned by quarter turns, too'),
];

/** What the form of a result changes: the everyday settings, and in one line of words the others. */
export const TWEAKS: { readonly fields: readonly OptionSpec[]; readonly advanced: readonly OptionSpec[] } = {
  fields: [
    ...everyday.filter(({ name }) => name !== 'preset'),
    {
      name: 'advanced',
      type: 'text',
      description: 'further settings by name, such as: method gatys, style_weight 300',
      max: 500,
    },
  ],
  advanced: craft,
};

const jobId: OptionSpec = {
  name: 'job',
  type: 'text',
  description: 'the id that stands under a picture, such as k3f9x2mq',
  min: 1,
  max: 20,
  suggest: 'jobs',
};

const styleName: OptionSpec = {
  name: 'name',
  type: 'text',
  description: 'the style’s name',
  required: true,
  min: 1,
  max: 40,
};

const stylize: CommandSpec = {
  name: 'stylize',
  description: 'Repaint a photograph in the style of a painting',
  options: [
    { name: 'content', type: 'picture', description: 'the photograph', required: true },
    { name: 'style', type: 'picture', description: 'the painting whose style to take' },
    {
      name: 'style_name',
      type: 'text',
      description: 'a style of the gallery, or one that this server saved, in place of a picture',
      min: 1,
      max: 40,
      suggest: 'styles',
    },
    { name: 'style2', type: 'picture', description: 'a second painting, to blend with the first' },
    {
      name: 'style2_name',
      type: 'text',
      description: 'a second style by its name',
      min: 1,
      max: 40,
      suggest: 'styles',
    },
    {
      name: 'blend',
      type: 'number',
      description: 'share of the first style in percent; 50 is half and half',
      min: 0,
      max: 100,
    },
    ...everyday,
    {
      name: 'sweep',
      type: 'boolean',
      description: 'first a sheet of five strengths as drafts, to choose by eye',
    },
    {
      name: 'mask',
      type: 'picture',
      description: 'paint only where this picture is white',
    },
    setting('seed', 'seed of the noise; matters when it starts from noise'),
    { ...setting('init', 'what the painter starts from'), choices: ['content', 'noise'] },
    ...craft,
  ],
};

const styles: CommandSpec = {
  name: 'styles',
  description: 'The styles that can be named',
  options: [],
  subcommands: [
    { name: 'list', description: 'List the gallery and this server’s styles', options: [] },
    {
      name: 'show',
      description: 'Show a style’s picture',
      shared: true,
      options: [{ ...styleName, suggest: 'styles' }],
    },
    {
      name: 'save',
      description: 'Save a picture as a style of this server',
      shared: true,
      options: [styleName, { name: 'picture', type: 'picture', description: 'the painting', required: true }],
    },
    {
      name: 'use',
      description: 'Keep a picture as the style of your next stylize',
      options: [{ name: 'picture', type: 'picture', description: 'the painting', required: true }],
    },
    {
      name: 'remove',
      description: 'Remove a style that you saved; moderators may remove any',
      shared: true,
      options: [{ ...styleName, suggest: 'saved-styles' }],
    },
  ],
};

const limits: CommandSpec = {
  name: 'limits',
  description: 'What members of this server may ask for',
  admin: true,
  options: [],
  subcommands: [
    { name: 'show', description: 'Show the limits of this server', options: [] },
    {
      name: 'set',
      description: 'Change limits',
      shared: true,
      options: Object.values(LIMITS).map(({ option, description, min, max }) => ({
        name: option,
        type: 'integer',
        description,
        min,
        max,
      })),
    },
    {
      name: 'channel',
      description: 'Allow a channel, or take it off the list; with no channel on the list, all are allowed',
      shared: true,
      options: [
        { name: 'channel', type: 'channel', description: 'the channel', required: true },
        { name: 'allowed', type: 'boolean', description: 'whether it is on the list', required: true },
      ],
    },
    {
      name: 'role',
      description: 'Allow a role, or give it a daily number of its own',
      shared: true,
      options: [
        { name: 'role', type: 'role', description: 'the role', required: true },
        {
          name: 'allowed',
          type: 'boolean',
          description: 'whether it is on the list of allowed roles; with none on the list, everybody is',
        },
        {
          name: 'jobs_per_day',
          type: 'integer',
          description: 'paintings per member and day with this role; −1 removes the number',
          min: -1,
          max: 100_000,
        },
      ],
    },
    {
      name: 'user',
      description: 'Block a user, or lift the block',
      options: [
        { name: 'user', type: 'user', description: 'the user', required: true },
        { name: 'blocked', type: 'boolean', description: 'whether the user is blocked', required: true },
      ],
    },
    {
      name: 'reset',
      description: 'Set one limit, or all of them, back to its default',
      shared: true,
      options: [
        {
          name: 'limit',
          type: 'choice',
          description: 'the limit; all without it',
          choices: Object.values(LIMITS).map(({ option }) => option),
        },
      ],
    },
    { name: 'log', description: 'Show the latest changes and who made them', options: [] },
  ],
};

const preferences: CommandSpec = {
  name: 'preferences',
  description: 'Your own defaults for stylize',
  options: [],
  subcommands: [
    { name: 'show', description: 'Show your defaults', options: [] },
    { name: 'set', description: 'Change your defaults', options: [...everyday, ...craft] },
    { name: 'reset', description: 'Forget your defaults', options: [] },
  ],
};

/** Every command with its options, types, ranges and help texts: the one place that all surfaces derive theirs from. */
export const COMMANDS: readonly CommandSpec[] = [
  stylize,
  styles,
  { name: 'queue', description: 'Show what is waiting and being painted', options: [] },
  {
    name: 'cancel',
    description: 'Cancel a job of yours; moderators may cancel any',
    options: [{ ...jobId, description: 'the job’s id; your latest without it' }],
  },
  {
    name: 'result',
    description: 'Show a result with all its parameters and where it came from',
    shared: true,
    options: [{ ...jobId, required: true }],
  },
  limits,
  preferences,
  {
    name: 'forget-me',
    description: 'Erase your pictures, jobs, saved styles and preferences',
    options: [
      {
        name: 'confirm',
        type: 'boolean',
        description: 'yes, erase them; this cannot be undone',
        required: true,
      },
    ],
  },
  { name: 'help', description: 'What I can do', options: [] },
  {
    name: 'about',
    description: 'Who I am, how fast this machine paints, whose work I stand on',
    options: [],
  },
];

/** A command of the table by its name. */
export function commandOf(name: string): CommandSpec {
  const found = COMMANDS.find((command) => command.name === name);
  if (!found) throw new TypeError(`There is no command ${name}.`);
  return found;
}

/** The limit that an option of `limits set` changes. */
export function limitOf(option: string): LimitName | undefined {
  return (Object.keys(LIMITS) as LimitName[]).find((name) => LIMITS[name].option === option);
}
