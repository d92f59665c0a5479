import {
  type APIApplicationCommand,
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandInteractionDataOption,
  type APIInteractionDataResolved,
  ApplicationCommandOptionType as Type,
} from 'discord-api-types/v10';
import type { Account } from '../model/account.ts';
import type { FakeFile } from '../model/attachment.ts';
import { Channel } from '../model/channel.ts';
import { Role } from '../model/guild.ts';
import { permissionsIn } from '../permissions.ts';
import type { World } from '../world.ts';

/** What a person can give for an option; bytes alone become a file `picture.png`. */
export type Given =
  | string
  | number
  | boolean
  | Uint8Array
  | FakeFile
  | Role
  | Channel
  | { readonly account: Account };

export type GivenOptions = Readonly<Record<string, Given>>;

export interface Filled {
  readonly options: APIApplicationCommandInteractionDataOption[];
  readonly resolved: APIInteractionDataResolved;
}

/** What Discord's client does not let a person send. */
export class ClientRefusal extends Error {
  override readonly name = 'ClientRefusal';
}

/** The options that a person fills in: those of the command, or of one of its sub-commands (`group name` or `name`). */
export function optionsOf(
  command: APIApplicationCommand,
  subcommand: string | undefined,
): {
  readonly path: readonly [name: string, type: Type][];
  readonly options: APIApplicationCommandBasicOption[];
} {
  let options = command.options ?? [];
  const path: [string, Type][] = [];
  for (const name of subcommand?.split(' ') ?? []) {
    const found = options.find((each) => each.name === name);
    if (found?.type !== Type.Subcommand && found?.type !== Type.SubcommandGroup) {
      throw new ClientRefusal(`/${command.name} has no sub-command ${subcommand}.`);
    }
    path.push([name, found.type]);
    options = found.options ?? [];
  }
  const nested = options.some(({ type }) => type === Type.Subcommand || type === Type.SubcommandGroup);
  if (nested) throw new ClientRefusal(`/${command.name} needs a sub-command.`);
  return { path, options: options as APIApplicationCommandBasicOption[] };
}

/** Fills in a form of options the way Discord's client checks it. */
export function fill(
  world: World,
  channel: Channel,
  definitions: readonly APIApplicationCommandBasicOption[],
  given: GivenOptions,
  { partial = false } = {},
): Filled {
  const resolved: Required<
    Pick<APIInteractionDataResolved, 'attachments' | 'users' | 'roles' | 'members' | 'channels'>
  > = {
    attachments: {},
    users: {},
    members: {},
    roles: {},
    channels: {},
  };
  for (const name of Object.keys(given)) {
    if (!definitions.some((each) => each.name === name))
      throw new ClientRefusal(`There is no option ${name}.`);
  }
  const options = definitions.flatMap((definition): APIApplicationCommandInteractionDataOption[] => {
    const value = given[definition.name];
    if (value === undefined) {
      if (definition.required && !partial)
        throw new ClientRefusal(`The option ${definition.name} is required.`);
      return [];
    }
    const sent = encode(world, channel, definition, value, resolved);
    return [
      {
        name: definition.name,
        type: definition.type,
        value: sent,
      } as APIApplicationCommandInteractionDataOption,
    ];
  });
  const used = Object.entries(resolved).filter(([, entries]) => Object.keys(entries).length > 0);
  return { options, resolved: Object.fromEntries(used) };
}

type Resolved = Required<
  Pick<APIInteractionDataResolved, 'attachments' | 'users' | 'roles' | 'members' | 'channels'>
>;

function encode(
  world: World,
  channel: Channel,
  definition: APIApplicationCommandBasicOption,
  given: Given,
  resolved: Resolved,
): string | number | boolean {
  const { name, type } = definition;
  const refuse = (why: string) => new ClientRefusal(`The option ${name} ${why}.`);
  switch (type) {
    case Type.String:
    case Type.Integer:
    case Type.Number:
      return encodeChoice(definition, given);
    case Type.Boolean:
      if (typeof given !== 'boolean') throw refuse('is true or false');
      return given;
    case Type.Attachment: {
      const file = toFile(given);
      if (!file) throw refuse('takes a file');
      const attachment = world.upload(`/ephemeral-attachments/${world.applicationId}`, file);
      resolved.attachments[attachment.id] = attachment.payload();
      return attachment.id;
    }
    case Type.Channel:
      if (!(given instanceof Channel)) throw refuse('takes a channel');
      resolved.channels[given.id] = {
        ...given.payload(),
        permissions: permissionsIn(given, world.bot).toString(),
      } as never;
      return given.id;
    default: {
      const takesRole = type === Type.Role || type === Type.Mentionable;
      if (given instanceof Role && takesRole) {
        resolved.roles[given.id] = given.payload();
        return given.id;
      }
      if (type === Type.Role || !(typeof given === 'object' && 'account' in given))
        throw refuse('takes someone else');
      const { account } = given;
      resolved.users[account.id] = account.payload();
      if (channel.guild?.members.has(account.id)) {
        const { user: _, deaf: __, mute: ___, ...member } = channel.guild.memberPayload(account);
        resolved.members[account.id] = { ...member, permissions: permissionsIn(channel, account).toString() };
      }
      return account.id;
    }
  }
}

/** Text and numbers: with choices only these are possible, by their names or values; ranges hold otherwise. */
function encodeChoice(definition: APIApplicationCommandBasicOption, given: Given): string | number {
  const { name, type } = definition;
  const refuse = (why: string) => new ClientRefusal(`The option ${name} ${why}.`);
  const choices = 'choices' in definition ? definition.choices : undefined;
  if (choices?.length) {
    const chosen = choices.find((each) => each.value === given || each.name === given);
    if (!chosen) throw refuse(`has no choice ${given}`);
    return chosen.value;
  }
  if (type === Type.String) {
    if (typeof given !== 'string') throw refuse('takes a text');
    const { min_length: min = 0, max_length: max = 6000 } = definition as {
      min_length?: number;
      max_length?: number;
    };
    if (given.length < min || given.length > max) throw refuse(`has ${min} to ${max} characters`);
    return given;
  }
  if (typeof given !== 'number') throw refuse('takes a number');
  if (type === Type.Integer && !Number.isInteger(given)) throw refuse('takes a whole number');
  const range = definition as { min_value?: number; max_value?: number };
  if (given < (range.min_value ?? -(2 ** 53)) || given > (range.max_value ?? 2 ** 53)) {
    throw refuse(`is between ${range.min_value} and ${range.max_value}`);
  }
  return given;
}

export function toFile(given: unknown): FakeFile | undefined {
  if (given instanceof Uint8Array) return { name: 'picture.png', content: given };
  return typeof given === 'object' && given !== null && 'content' in given ? (given as FakeFile) : undefined;
}
