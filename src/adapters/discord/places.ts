import {
  type BaseInteraction,
  type Channel,
  type GuildMember,
  type Interaction,
  PermissionFlagsBits,
  type PermissionsBitField,
  type User,
} from 'discord.js';
import type { Actor, Place } from '../../bot/chat.ts';

export const PLATFORM = 'discord';

/** Where something was said. In direct messages the server is `@` and the user's id. */
export function placeOfChannel(channel: Channel, user: string): Place {
  if (channel.isDMBased()) {
    return { platform: PLATFORM, server: `@${user}`, channel: channel.id, thread: null };
  }
  const thread = channel.isThread();
  return {
    platform: PLATFORM,
    server: channel.guildId,
    channel: thread ? (channel.parentId ?? channel.id) : channel.id,
    thread: thread ? channel.id : null,
  };
}

/** Where an interaction comes from; undefined where the bot is no member. */
export function placeOfInteraction({ channel, channelId, client, user }: Interaction): Place | undefined {
  const known = channel ?? (channelId === null ? undefined : client.channels.cache.get(channelId));
  return known && placeOfChannel(known, user.id);
}

/** Discord's channel that messages to a place go to. */
export function channelOf({ channel, thread }: Place): string {
  return thread ?? channel;
}

/** Who began an interaction, with the roles and permissions that Discord sent along. */
export function actorOfInteraction({ user, member, memberPermissions }: BaseInteraction): Actor {
  const roles =
    member === null ? [] : Array.isArray(member.roles) ? member.roles : [...member.roles.cache.keys()];
  const nickname = member && ('displayName' in member ? member.displayName : member.nick);
  // What a channel's overwrites grant makes nobody a moderator of the whole server.
  const permissions = member && 'displayName' in member ? member.permissions : memberPermissions;
  return actor(user, nickname, roles, permissions);
}

/** Who reacted, as a member of a server, or in direct messages. */
export function actorOfMember(user: User, member: GuildMember | undefined): Actor {
  return actor(
    user,
    member?.displayName,
    [...(member?.roles.cache.keys() ?? [])],
    member?.permissions ?? null,
  );
}

function actor(
  user: User,
  nickname: string | null | undefined,
  roles: readonly string[],
  permissions: Readonly<PermissionsBitField> | null,
): Actor {
  const may = (permission: bigint) => permissions?.has(permission) ?? false;
  return {
    id: user.id,
    name: nickname ?? user.displayName,
    roles,
    admin: may(PermissionFlagsBits.ManageGuild),
    moderator: may(PermissionFlagsBits.ManageMessages),
  };
}
