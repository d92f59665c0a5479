import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
  type RESTPostAPIApplicationCommandsJSONBody,
} from 'discord.js';
import { COMMANDS, type CommandSpec, type OptionSpec, type OptionType } from '../../bot/commands.ts';

type OptionJson = NonNullable<
  Extract<RESTPostAPIApplicationCommandsJSONBody, { options?: unknown }>['options']
>[number];

const TYPES: Readonly<Record<OptionType, ApplicationCommandOptionType>> = {
  picture: ApplicationCommandOptionType.Attachment,
  text: ApplicationCommandOptionType.String,
  choice: ApplicationCommandOptionType.String,
  integer: ApplicationCommandOptionType.Integer,
  number: ApplicationCommandOptionType.Number,
  boolean: ApplicationCommandOptionType.Boolean,
  channel: ApplicationCommandOptionType.Channel,
  role: ApplicationCommandOptionType.Role,
  user: ApplicationCommandOptionType.User,
};

/** The message commands of the context menu, and what each does with the message's picture. */
export const MESSAGE_COMMANDS = {
  stylize: 'Stylize this picture',
  use: 'Use as style',
} as const;

/** Where a command may be given: in servers and in direct messages with the bot, which has to be installed in a server. */
const CONTEXTS = {
  integration_types: [ApplicationIntegrationType.GuildInstall],
  contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
};

/**
 * Every command of the table and the message commands, as Discord's API takes them
 * (https://discord.com/developers/docs/interactions/application-commands).
 */
export function commandDefinitions(): RESTPostAPIApplicationCommandsJSONBody[] {
  return [
    ...COMMANDS.map(chatInput),
    ...Object.values(MESSAGE_COMMANDS).map((name) => ({
      type: ApplicationCommandType.Message as const,
      name,
      default_member_permissions: null,
      ...CONTEXTS,
    })),
  ];
}

function chatInput({
  name,
  description,
  options,
  subcommands,
  admin,
}: CommandSpec): RESTPostAPIApplicationCommandsJSONBody {
  return {
    type: ApplicationCommandType.ChatInput,
    name,
    description,
    // Only what Discord shows by default; the bot looks at the permission again.
    default_member_permissions: admin ? String(PermissionFlagsBits.ManageGuild) : null,
    ...CONTEXTS,
    ...(admin && { contexts: [InteractionContextType.Guild] }),
    options: subcommands ? subcommands.map(subcommand) : optionsOf(options),
  } as RESTPostAPIApplicationCommandsJSONBody;
}

function subcommand({ name, description, options }: CommandSpec): OptionJson {
  return {
    type: ApplicationCommandOptionType.Subcommand,
    name,
    description,
    options: optionsOf(options),
  } as OptionJson;
}

/** Discord wants the required ones first. */
function optionsOf(options: readonly OptionSpec[]): OptionJson[] {
  return [...options].sort((a, b) => Number(b.required ?? 0) - Number(a.required ?? 0)).map(option);
}

function option({ name, type, description, required, min, max, choices, suggest }: OptionSpec): OptionJson {
  const range = type === 'text' ? ['min_length', 'max_length'] : ['min_value', 'max_value'];
  const [least, most] = range as [string, string];
  return {
    type: TYPES[type],
    name,
    description,
    required: required ?? false,
    ...(min !== undefined && { [least]: min }),
    ...(max !== undefined && { [most]: max }),
    ...(choices && { choices: choices.map((value) => ({ name: value, value })) }),
    ...(suggest && { autocomplete: true }),
  } as OptionJson;
}
