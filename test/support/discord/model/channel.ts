import {
  type APIChannel,
  type APIDMChannel,
  type APIOverwrite,
  type APITextChannel,
  type APIThreadChannel,
  type APIThreadMember,
  ChannelType,
  GatewayDispatchEvents,
  MessageType,
  OverwriteType,
  type ThreadAutoArchiveDuration,
} from 'discord-api-types/v10';
import { type Permissions, toBits } from '../permissions.ts';
import type { World } from '../world.ts';
import type { Account } from './account.ts';
import type { Guild, Role } from './guild.ts';
import type { Message } from './message.ts';

export interface ThreadState {
  archived: boolean;
  locked: boolean;
  archivedAt: string;
  autoArchiveMinutes: ThreadAutoArchiveDuration;
  readonly owner: Account;
  readonly members: Set<Account>;
}

interface ChannelStart {
  readonly id?: string;
  readonly type:
    | ChannelType.GuildText
    | ChannelType.DM
    | ChannelType.PublicThread
    | ChannelType.PrivateThread;
  readonly name?: string;
  readonly guild?: Guild;
  readonly parent?: Channel;
  readonly recipients?: readonly Account[];
  readonly thread?: ThreadState;
}

/** What a person wrote or a bot answered; the rest are notices of the platform. */
const SPOKEN: readonly MessageType[] = [
  MessageType.Default,
  MessageType.Reply,
  MessageType.ChatInputCommand,
  MessageType.ContextMenuCommand,
];

/** A channel of a server, a thread, or the direct messages between two. */
export class Channel {
  readonly id: string;
  readonly world: World;
  readonly type: ChannelStart['type'];
  readonly guild: Guild | undefined;
  readonly parent: Channel | undefined;
  readonly recipients: readonly Account[];
  readonly thread: ThreadState | undefined;
  readonly overwrites = new Map<string, { type: OverwriteType; allow: bigint; deny: bigint }>();
  /** Every message, notices of the platform and deleted ones among them. */
  readonly history: Message[] = [];
  /** Times of edits to messages older than an hour. */
  readonly oldEdits: number[] = [];
  readonly typing: Account[] = [];
  name: string;
  deleted = false;

  constructor(world: World, start: ChannelStart) {
    this.world = world;
    this.id = start.id ?? world.clock.snowflake();
    this.type = start.type;
    this.name = start.name ?? '';
    this.guild = start.guild;
    this.parent = start.parent;
    this.recipients = start.recipients ?? [];
    this.thread = start.thread;
    world.channels.set(this.id, this);
    start.guild?.channels.set(this.id, this);
  }

  get isThread(): boolean {
    return this.thread !== undefined;
  }

  /** What is to be read here, oldest first, without notices of the platform. */
  get messages(): Message[] {
    return this.history.filter(({ deleted, type }) => !deleted && SPOKEN.includes(type));
  }

  get threads(): Channel[] {
    return [...(this.guild?.channels.values() ?? [])].filter(({ parent }) => parent === this);
  }

  get uploadLimit(): number {
    return this.guild?.uploadLimit ?? this.world.options.uploadLimit;
  }

  find(messageId: string): Message | undefined {
    return this.history.find(({ id, deleted }) => id === messageId && !deleted);
  }

  /** Lets a role or a person do something here, whatever their roles say. */
  allow(whom: Role | { readonly account: Account }, permissions: Permissions): void {
    this.#overwrite(whom, (entry, bits) => {
      entry.allow |= bits;
      entry.deny &= ~bits;
    })(toBits(permissions));
  }

  /** Forbids a role or a person something here. */
  deny(whom: Role | { readonly account: Account }, permissions: Permissions): void {
    this.#overwrite(whom, (entry, bits) => {
      entry.deny |= bits;
      entry.allow &= ~bits;
    })(toBits(permissions));
  }

  #overwrite(
    whom: Role | { readonly account: Account },
    change: (entry: { allow: bigint; deny: bigint }, bits: bigint) => void,
  ): (bits: bigint) => void {
    if (this.thread || !this.guild) throw new Error('Only channels of servers have overwrites.');
    const [id, type] =
      'account' in whom ? [whom.account.id, OverwriteType.Member] : [whom.id, OverwriteType.Role];
    const entry = this.overwrites.get(id) ?? { type, allow: 0n, deny: 0n };
    this.overwrites.set(id, entry);
    return (bits) => {
      change(entry, bits);
      this.announceUpdate();
    };
  }

  /** Deletes the channel and its threads. */
  delete(): void {
    const { guild, world } = this;
    if (!guild) throw new Error('Direct messages cannot be deleted.');
    for (const thread of this.threads) thread.delete();
    if (this.thread && this.parent) {
      const d = { id: this.id, guild_id: guild.id, parent_id: this.parent.id, type: this.type };
      world.dispatch({ t: GatewayDispatchEvents.ThreadDelete, d }, { guild, channel: this });
    } else {
      world.dispatch(
        { t: GatewayDispatchEvents.ChannelDelete, d: this.guildPayload() },
        { guild, channel: this },
      );
    }
    this.deleted = true;
    world.channels.delete(this.id);
    guild.channels.delete(this.id);
  }

  /** Archives the thread, as a moderator or time does; a locked one is opened by moderators only. */
  archive({ locked = false } = {}): void {
    this.setThread({ archived: true, locked });
  }

  unarchive(): void {
    this.setThread({ archived: false, locked: false });
  }

  setThread(change: Partial<Pick<ThreadState, 'archived' | 'locked' | 'autoArchiveMinutes'>>): void {
    if (!this.thread) throw new Error('This is no thread.');
    Object.assign(this.thread, change);
    if (change.archived !== undefined) this.thread.archivedAt = this.world.clock.iso();
    this.announceUpdate();
  }

  announceUpdate(): void {
    const concern = { guild: this.guild, channel: this };
    if (this.thread) {
      this.world.dispatch({ t: GatewayDispatchEvents.ThreadUpdate, d: this.threadPayload() }, concern);
    } else {
      this.world.dispatch({ t: GatewayDispatchEvents.ChannelUpdate, d: this.guildPayload() }, concern);
    }
  }

  /** Whether someone takes part in the thread. */
  addThreadMember(account: Account): void {
    if (!this.thread || !this.guild || this.thread.members.has(account)) return;
    this.thread.members.add(account);
    this.world.dispatch(
      {
        t: GatewayDispatchEvents.ThreadMembersUpdate,
        d: {
          id: this.id,
          guild_id: this.guild.id,
          member_count: this.thread.members.size,
          added_members: [this.#threadMember(account)],
        },
      },
      { guild: this.guild, channel: this },
    );
  }

  payload(): APIChannel {
    if (this.thread) return this.threadPayload();
    return this.guild ? this.guildPayload() : this.directPayload();
  }

  directPayload(): APIDMChannel {
    const { bot } = this.world;
    return {
      id: this.id,
      type: ChannelType.DM,
      name: null,
      last_message_id: this.#last(),
      recipients: this.recipients.filter((each) => each !== bot).map((each) => each.payload()),
    };
  }

  guildPayload(): APITextChannel & { guild_id: string } {
    if (!this.guild) throw new Error('This is no channel of a server.');
    return {
      id: this.id,
      type: ChannelType.GuildText,
      guild_id: this.guild.id,
      name: this.name,
      position: 0,
      parent_id: null,
      topic: null,
      nsfw: false,
      rate_limit_per_user: 0,
      last_message_id: this.#last(),
      permission_overwrites: [...this.overwrites].map(
        ([id, { type, allow, deny }]): APIOverwrite => ({
          id,
          type,
          allow: allow.toString(),
          deny: deny.toString(),
        }),
      ),
    };
  }

  threadPayload(): APIThreadChannel {
    const { thread, parent, guild, world } = this;
    if (!thread || !parent || !guild) throw new Error('This is no thread.');
    return {
      id: this.id,
      type: this.type as APIThreadChannel['type'],
      guild_id: guild.id,
      parent_id: parent.id,
      owner_id: thread.owner.id,
      name: this.name,
      last_message_id: this.#last(),
      rate_limit_per_user: 0,
      message_count: this.history.length,
      total_message_sent: this.history.length,
      member_count: thread.members.size,
      thread_metadata: {
        archived: thread.archived,
        locked: thread.locked,
        archive_timestamp: thread.archivedAt,
        auto_archive_duration: thread.autoArchiveMinutes,
      },
      ...(thread.members.has(world.bot) && { member: this.#threadMember(world.bot) }),
    };
  }

  #threadMember(account: Account): APIThreadMember {
    return { id: this.id, user_id: account.id, join_timestamp: this.world.clock.iso(), flags: 0 as never };
  }

  #last(): string | null {
    return this.history.at(-1)?.id ?? null;
  }
}
