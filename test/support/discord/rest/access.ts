import { refusal } from '../errors.ts';
import type { Channel } from '../model/channel.ts';
import type { Guild } from '../model/guild.ts';
import type { Message } from '../model/message.ts';
import { has, type PermissionName, permissionsIn } from '../permissions.ts';
import { type Call, param } from './call.ts';

/** The guild of the path, if the bot is in it. */
export function guildOf(call: Call): Guild {
  const guild = call.world.guilds.get(param(call, 'guild'));
  if (!guild?.hasBot) throw refusal(10004);
  return guild;
}

/** The channel of the path, if the bot can see it and may do all this. */
export function channelOf(call: Call, ...needed: PermissionName[]): Channel {
  const channel = call.world.channels.get(param(call, 'channel'));
  if (!channel || channel.deleted) throw refusal(10003);
  require(call, channel, ...needed);
  return channel;
}

export function require({ world }: Call, channel: Channel, ...needed: PermissionName[]): void {
  const bits = permissionsIn(channel, world.bot);
  if (!has(bits, 'ViewChannel')) throw refusal(50001);
  if (!has(bits, ...needed)) throw refusal(50013);
}

/** The message of the path. */
export function messageOf(call: Call, channel: Channel): Message {
  const message = channel.find(param(call, 'message'));
  if (!message) throw refusal(10008);
  return message;
}

/** An archived thread takes no changes until a message opens it. */
export function requireOpen({ thread }: Channel): void {
  if (thread?.archived) throw refusal(50083);
}
