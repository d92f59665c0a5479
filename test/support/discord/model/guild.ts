import {
  type APIGuild,
  type APIGuildMember,
  type APIRole,
  ChannelType,
  GatewayDispatchEvents,
  type GatewayGuildCreateDispatchData,
  GuildDefaultMessageNotifications,
  GuildExplicitContentFilter,
  type GuildMemberFlags,
  GuildMFALevel,
  GuildNSFWLevel,
  type GuildPremiumTier,
  GuildVerificationLevel,
  Locale,
  type RoleFlags,
} from 'discord-api-types/v10';
import { has, type Permissions, permissionsIn, toBits } from '../permissions.ts';
import type { World } from '../world.ts';
import { Account } from './account.ts';
import { Channel } from './channel.ts';

export interface GuildOptions {
  readonly name?: string;
  /** What the bot was allowed when it was invited; by default what Impasto asks for. */
  readonly permissions?: Permissions;
  /** What everybody may, the bot included; by default nothing, so that the bot has only its own permissions. */
  readonly everyone?: Permissions;
  /** What people may who join. */
  readonly members?: Permissions;
  /** Whether only the commands were installed, without the bot. */
  readonly commandsOnly?: boolean;
  /** Raises the upload limit. */
  readonly premiumTier?: GuildPremiumTier;
}

export const BOT_PERMISSIONS = toBits([
  'ViewChannel',
  'SendMessages',
  'SendMessagesInThreads',
  'CreatePublicThreads',
  'AttachFiles',
  'EmbedLinks',
  'ReadMessageHistory',
  'AddReactions',
]);
const MEMBER_PERMISSIONS = BOT_PERMISSIONS | toBits(['UseApplicationCommands']);
const MIB = 1024 * 1024;

/**
 * Guilds are dealt to shards by `(id >> 22) % count`. So that tests know where a guild is, the nth one (from 0) is on
 * shard n % count, for up to six shards and sixty guilds.
 */
function guildId({ clock, guilds }: World): string {
  const time = BigInt(clock.snowflake()) >> 22n;
  return (((time - (time % 60n) - 60n + BigInt(guilds.size % 60)) << 22n) | BigInt(guilds.size)).toString();
}

/** A role in a server. */
export class Role {
  readonly id: string;
  readonly guild: Guild;
  readonly name: string;
  readonly managed: boolean;
  permissions: bigint;

  constructor(id: string, guild: Guild, name: string, permissions: bigint, managed = false) {
    this.id = id;
    this.guild = guild;
    this.name = name;
    this.permissions = permissions;
    this.managed = managed;
  }

  /** Changes what the role may do, as a server admin does. */
  setPermissions(permissions: Permissions): void {
    this.permissions = toBits(permissions);
    this.guild.announceRole(this, GatewayDispatchEvents.GuildRoleUpdate);
  }

  payload(): APIRole {
    return {
      id: this.id,
      name: this.name,
      color: 0,
      colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
      hoist: false,
      icon: null,
      unicode_emoji: null,
      position: this.id === this.guild.id ? 0 : 1,
      permissions: this.permissions.toString(),
      managed: this.managed,
      mentionable: false,
      flags: 0 as RoleFlags,
    };
  }
}

export interface Member {
  readonly account: Account;
  readonly roles: Role[];
  readonly joinedAt: string;
}

/** A server. */
export class Guild {
  readonly id: string;
  readonly world: World;
  readonly name: string;
  readonly owner: Account;
  readonly roles = new Map<string, Role>();
  readonly members = new Map<string, Member>();
  readonly channels = new Map<string, Channel>();
  readonly everyone: Role;
  /** The role of whoever joins. */
  readonly memberRole: Role;
  /** The role that the bot's invitation made. */
  readonly botRole: Role;
  /** Whether the commands can be used, by the scope applications.commands. */
  hasCommands = true;
  premiumTier: GuildPremiumTier;
  available = true;

  constructor(world: World, options: GuildOptions = {}) {
    this.world = world;
    this.id = guildId(world);
    this.name = options.name ?? `Guild ${world.guilds.size + 1}`;
    this.premiumTier = options.premiumTier ?? 0;
    this.owner = new Account(world.clock.snowflake(), `Owner of ${this.name}`, false);
    world.users.set(this.owner.id, this.owner);
    const { everyone = 0n, members = MEMBER_PERMISSIONS, permissions = BOT_PERMISSIONS } = options;
    // The role of everybody has the id of the server.
    this.everyone = new Role(this.id, this, '@everyone', toBits(everyone));
    this.memberRole = new Role(world.clock.snowflake(), this, 'Members', toBits(members));
    this.botRole = new Role(world.clock.snowflake(), this, world.bot.username, toBits(permissions), true);
    for (const role of [this.everyone, this.memberRole, this.botRole]) this.roles.set(role.id, role);
    for (const [account, roles] of [
      [this.owner, []],
      [world.bot, [this.botRole]],
    ] as const) {
      this.members.set(account.id, { account, roles: [...roles], joinedAt: world.clock.iso() });
    }
    if (options.commandsOnly) this.members.delete(world.bot.id);
    world.guilds.set(this.id, this);
  }

  get hasBot(): boolean {
    return this.members.has(this.world.bot.id);
  }

  /** Bytes that a file may have here. */
  get uploadLimit(): number {
    const byTier = [0, 0, 50 * MIB, 100 * MIB][this.premiumTier] ?? 0;
    return Math.max(byTier, this.world.options.uploadLimit);
  }

  addChannel(name = `channel-${this.channels.size + 1}`): Channel {
    const channel = new Channel(this.world, { type: ChannelType.GuildText, guild: this, name });
    this.world.dispatch(
      { t: GatewayDispatchEvents.ChannelCreate, d: channel.guildPayload() },
      { guild: this, channel },
    );
    return channel;
  }

  addRole(name: string, permissions: Permissions = 0n): Role {
    const role = new Role(this.world.clock.snowflake(), this, name, toBits(permissions));
    this.roles.set(role.id, role);
    this.announceRole(role, GatewayDispatchEvents.GuildRoleCreate);
    return role;
  }

  /** Makes someone a member. */
  join({ account }: { readonly account: Account }, options: { readonly roles?: readonly Role[] } = {}): void {
    const roles = [this.memberRole, ...(options.roles ?? [])];
    const member = { account, roles, joinedAt: this.world.clock.iso() };
    this.members.set(account.id, member);
    this.world.dispatch(
      {
        t: GatewayDispatchEvents.GuildMemberAdd,
        d: { ...this.memberPayload(account), guild_id: this.id },
      },
      { guild: this },
    );
  }

  /** Gives or takes a role. */
  setRoles({ account }: { readonly account: Account }, roles: readonly Role[]): void {
    const member = this.members.get(account.id);
    if (!member) throw new Error(`${account.username} is no member.`);
    member.roles.splice(0, member.roles.length, this.memberRole, ...roles);
  }

  /** Removes the bot, as an admin does or as the bot does itself. */
  kickBot(): void {
    // First the event: afterwards the bot sees nothing of the server.
    this.world.dispatch(
      { t: GatewayDispatchEvents.GuildDelete, d: { id: this.id } as never },
      { guild: this },
    );
    this.members.delete(this.world.bot.id);
    this.hasCommands = false;
    this.world.commands.delete(this.id);
    this.world.changed();
  }

  /** An outage of the server's part of the platform. */
  setAvailable(available: boolean): void {
    this.available = available;
    const event = available
      ? { t: GatewayDispatchEvents.GuildCreate as const, d: this.createPayload() }
      : { t: GatewayDispatchEvents.GuildDelete as const, d: { id: this.id, unavailable: true as const } };
    this.world.dispatch(event, { guild: this });
  }

  announceRole(
    role: Role,
    t: GatewayDispatchEvents.GuildRoleCreate | GatewayDispatchEvents.GuildRoleUpdate,
  ): void {
    this.world.dispatch({ t, d: { guild_id: this.id, role: role.payload() } }, { guild: this });
  }

  memberPayload(account: Account): APIGuildMember {
    const member = this.members.get(account.id);
    return {
      user: account.payload(),
      nick: null,
      avatar: null,
      banner: null,
      roles: member?.roles.map(({ id }) => id) ?? [],
      joined_at: member?.joinedAt ?? this.world.clock.iso(),
      premium_since: null,
      deaf: false,
      mute: false,
      flags: 0 as GuildMemberFlags,
      pending: false,
      communication_disabled_until: null,
    };
  }

  payload(): APIGuild {
    return {
      id: this.id,
      name: this.name,
      icon: null,
      splash: null,
      banner: null,
      description: null,
      discovery_splash: null,
      owner_id: this.owner.id,
      afk_channel_id: null,
      afk_timeout: 300,
      verification_level: GuildVerificationLevel.None,
      default_message_notifications: GuildDefaultMessageNotifications.OnlyMentions,
      explicit_content_filter: GuildExplicitContentFilter.Disabled,
      roles: [...this.roles.values()].map((role) => role.payload()),
      emojis: [],
      stickers: [],
      features: [],
      mfa_level: GuildMFALevel.None,
      application_id: null,
      system_channel_id: null,
      system_channel_flags: 0 as APIGuild['system_channel_flags'],
      rules_channel_id: null,
      vanity_url_code: null,
      premium_tier: this.premiumTier,
      preferred_locale: Locale.EnglishUS,
      public_updates_channel_id: null,
      nsfw_level: GuildNSFWLevel.Default,
      premium_progress_bar_enabled: false,
      hub_type: null,
      safety_alerts_channel_id: null,
      incidents_data: null,
    };
  }

  /** What a session is told when it first hears of the server. Of the members, a bot without GuildMembers sees itself. */
  createPayload(): GatewayGuildCreateDispatchData {
    const { bot } = this.world;
    const visible = [...this.channels.values()].filter((each) =>
      has(permissionsIn(each, bot), 'ViewChannel'),
    );
    return {
      ...this.payload(),
      joined_at: this.members.get(bot.id)?.joinedAt ?? this.world.clock.iso(),
      large: false,
      unavailable: false,
      member_count: this.members.size,
      voice_states: [],
      members: [this.memberPayload(bot)],
      channels: [...this.channels.values()]
        .filter((each) => !each.isThread)
        .map((each) => each.guildPayload()) as GatewayGuildCreateDispatchData['channels'],
      threads: visible
        .filter((each) => each.thread && !each.thread.archived)
        .map((each) => each.threadPayload()) as GatewayGuildCreateDispatchData['threads'],
      presences: [],
      stage_instances: [],
      guild_scheduled_events: [],
      soundboard_sounds: [],
    };
  }
}
