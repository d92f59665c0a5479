import {
  type APIApplicationCommand,
  type APIApplicationCommandOptionChoice,
  InteractionContextType as Context,
  InteractionType,
  type ApplicationCommandOptionType as Option,
  ApplicationCommandType as Type,
} from 'discord-api-types/v10';
import { Interaction } from '../interaction.ts';
import type { Account } from '../model/account.ts';
import type { Channel } from '../model/channel.ts';
import type { Message } from '../model/message.ts';
import { has, permissionsIn } from '../permissions.ts';
import type { World } from '../world.ts';
import { ClientRefusal, fill, type GivenOptions, optionsOf } from './options.ts';

/** The command as someone sees it in a channel's list, if they do. */
export function findCommand(
  world: World,
  channel: Channel,
  user: Account,
  name: string,
  type: Type,
): APIApplicationCommand {
  const { guild } = channel;
  const lists = [...(guild ? [world.commands.get(guild.id) ?? []] : []), world.commands.get('') ?? []];
  const command = lists.flat().find((each) => each.name === name && each.type === type);
  if (!command) throw new ClientRefusal(`There is no command ${name} here.`);
  if (guild && !guild.hasCommands) throw new ClientRefusal('The app is not in this server.');
  const context = guild ? Context.Guild : Context.BotDM;
  if (command.contexts && !command.contexts.includes(context))
    throw new ClientRefusal(`${name} is not for here.`);
  if (!command.contexts && !guild && command.dm_permission === false) {
    throw new ClientRefusal(`${name} is not for direct messages.`);
  }
  const bits = permissionsIn(channel, user);
  if (!has(bits, 'UseApplicationCommands')) throw new ClientRefusal('Commands are not permitted here.');
  const guard = command.default_member_permissions;
  if (guild && guard !== null && guard !== undefined) {
    const needed = BigInt(guard);
    const admin = has(bits, 'Administrator');
    if (!admin && (needed === 0n || (bits & needed) !== needed)) {
      throw new ClientRefusal(`${user.username} is not permitted to use ${name}.`);
    }
  }
  return command;
}

export interface CommandUse {
  readonly channel: Channel;
  readonly user: Account;
  readonly name: string;
  readonly options: GivenOptions;
  readonly subcommand?: string | undefined;
}

/** Uses a chat command; settles when the bot has acknowledged it. */
export async function slash(world: World, use: CommandUse): Promise<Interaction> {
  const { channel, user, name, subcommand } = use;
  const command = findCommand(world, channel, user, name, Type.ChatInput);
  const { path, options } = optionsOf(command, subcommand);
  const filled = fill(world, channel, options, use.options);
  const interaction = new Interaction(world, {
    type: InteractionType.ApplicationCommand,
    data: {},
    channel,
    user,
  });
  interaction.send(dataOf(command, nest(path, filled.options), filled.resolved));
  return interaction.acknowledged();
}

/** Types into an option with autocomplete; settles with what is proposed. */
export async function autocomplete(
  world: World,
  use: CommandUse & { readonly focused: string; readonly text: string },
): Promise<readonly APIApplicationCommandOptionChoice[]> {
  const { channel, user, name, subcommand, focused, text } = use;
  const command = findCommand(world, channel, user, name, Type.ChatInput);
  const { path, options } = optionsOf(command, subcommand);
  const definition = options.find((each) => each.name === focused);
  if (!definition || !('autocomplete' in definition) || !definition.autocomplete) {
    throw new ClientRefusal(`The option ${focused} proposes nothing.`);
  }
  const filled = fill(world, channel, options, use.options, { partial: true });
  const typed = { name: focused, type: definition.type, value: text, focused: true };
  const type = InteractionType.ApplicationCommandAutocomplete;
  const interaction = new Interaction(world, { type, data: {}, channel, user });
  interaction.send(dataOf(command, nest(path, [...filled.options, typed]), filled.resolved));
  await interaction.acknowledged();
  return interaction.suggestions ?? [];
}

/** Uses a command from the menu of a message or a user. */
export async function contextMenu(
  world: World,
  use: { readonly channel: Channel; readonly user: Account; readonly name: string },
  target: Message | Account,
): Promise<Interaction> {
  const { channel, user, name } = use;
  const onMessage = 'channel' in target;
  const command = findCommand(world, channel, user, name, onMessage ? Type.Message : Type.User);
  const interaction = new Interaction(world, {
    type: InteractionType.ApplicationCommand,
    data: {},
    channel,
    user,
  });
  // The target comes whole, whatever the bot may read otherwise.
  const resolved = onMessage
    ? { messages: { [target.id]: target.payload() } }
    : { users: { [target.id]: target.payload() } };
  interaction.send({ ...dataOf(command, undefined, resolved), target_id: target.id });
  return interaction.acknowledged();
}

function dataOf(command: APIApplicationCommand, options: unknown, resolved: object) {
  return {
    id: command.id,
    name: command.name,
    type: command.type,
    ...(command.guild_id && { guild_id: command.guild_id }),
    ...(options !== undefined && { options }),
    ...(Object.keys(resolved).length > 0 && { resolved }),
  };
}

function nest(
  path: readonly [name: string, type: Option][],
  options: readonly unknown[],
): readonly unknown[] {
  return path.reduceRight<readonly unknown[]>(
    (inner, [name, type]) => [{ name, type, options: inner }],
    options,
  );
}
