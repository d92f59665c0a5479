import { PermissionFlagsBits as Bits, OverwriteType } from 'discord-api-types/v10';
import type { Account } from './model/account.ts';
import type { Channel } from './model/channel.ts';
import type { Guild } from './model/guild.ts';

export type PermissionName = keyof typeof Bits;

/** Accepts names or bits, so that tests read well. */
export type Permissions = bigint | readonly PermissionName[];

export const ALL = Object.values(Bits).reduce((sum, bit) => sum | bit, 0n);

/** What someone may do in direct messages. */
const DIRECT =
  Bits.ViewChannel |
  Bits.SendMessages |
  Bits.ReadMessageHistory |
  Bits.AttachFiles |
  Bits.EmbedLinks |
  Bits.AddReactions |
  Bits.UseExternalEmojis |
  Bits.UseApplicationCommands |
  Bits.MentionEveryone;

export function toBits(permissions: Permissions): bigint {
  if (typeof permissions === 'bigint') return permissions;
  return permissions.reduce((sum, name) => sum | Bits[name], 0n);
}

/** What an account may do in a server, before a channel changes it. */
export function guildPermissions(guild: Guild, account: Account): bigint {
  if (guild.owner.id === account.id) return ALL;
  const member = guild.members.get(account.id);
  if (!member) return 0n;
  const bits = [guild.everyone, ...member.roles].reduce((sum, role) => sum | role.permissions, 0n);
  return bits & Bits.Administrator ? ALL : bits;
}

/** What an account may do in a channel. A thread has the permissions of the channel that it is in. */
export function permissionsIn(channel: Channel, account: Account): bigint {
  const { guild } = channel;
  if (!guild) return channel.recipients.includes(account) ? DIRECT : 0n;
  const base = guildPermissions(guild, account);
  if (base === ALL) return ALL;
  const member = guild.members.get(account.id);
  if (!member) return 0n;
  const overwrites = (channel.parent ?? channel).overwrites;
  let bits = base;
  const apply = (allow: bigint, deny: bigint) => {
    bits = (bits & ~deny) | allow;
  };
  const everyone = overwrites.get(guild.id);
  if (everyone) apply(everyone.allow, everyone.deny);
  const ofRoles = member.roles.flatMap(({ id }) => overwrites.get(id) ?? []);
  apply(
    ofRoles.reduce((sum, { allow }) => sum | allow, 0n),
    ofRoles.reduce((sum, { deny }) => sum | deny, 0n),
  );
  const own = overwrites.get(account.id);
  if (own?.type === OverwriteType.Member) apply(own.allow, own.deny);
  // Who cannot see a channel can do nothing in it.
  return bits & Bits.ViewChannel ? bits : 0n;
}

export function has(bits: bigint, ...names: PermissionName[]): boolean {
  return names.every((name) => (bits & Bits[name]) === Bits[name]);
}

/** The permission to write: threads have one of their own. */
export function permissionToSend(channel: Channel): PermissionName {
  return channel.isThread ? 'SendMessagesInThreads' : 'SendMessages';
}
