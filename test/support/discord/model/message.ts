import {
  type APIEmbed,
  type APIMessage,
  type APIMessageComponent,
  type APIMessageInteractionMetadata,
  type APIMessageTopLevelComponent,
  ComponentType,
  GatewayIntentBits,
  type GatewayMessageCreateDispatchData,
  MessageFlags,
  MessageType,
} from 'discord-api-types/v10';
import type { World } from '../world.ts';
import type { Account } from './account.ts';
import type { Attachment } from './attachment.ts';
import type { Channel } from './channel.ts';
import type { Role } from './guild.ts';

/** A form that a message has had. */
export interface MessageVersion {
  readonly content: string;
  readonly attachments: readonly Attachment[];
  readonly components: readonly APIMessageTopLevelComponent[];
  readonly embeds: readonly APIEmbed[];
  readonly at: number;
}

/** Whom a text mentions, as far as its author and `allowed_mentions` permit. */
export interface Mentions {
  readonly users: readonly Account[];
  readonly roles: readonly Role[];
  readonly everyone: boolean;
}

export interface MessageStart extends Omit<MessageVersion, 'at'> {
  readonly channel: Channel;
  readonly author: Account;
  readonly type?: MessageType;
  readonly flags?: number;
  readonly mentions?: Mentions;
  readonly nonce?: string | number | undefined;
  readonly reference?: { readonly channelId: string; readonly message: Message | undefined } | undefined;
  readonly interaction?: APIMessageInteractionMetadata | undefined;
}

/** A message and everything that happened to it. */
export class Message {
  readonly id: string;
  readonly world: World;
  readonly channel: Channel;
  readonly author: Account;
  readonly type: MessageType;
  /** Every form that it has had, oldest first. */
  readonly versions: MessageVersion[];
  /** Who reacted with what. */
  readonly reactions = new Map<string, Account[]>();
  /** Users who were really notified, those of roles and of everyone among them. */
  readonly notified: readonly Account[];
  readonly nonce: string | number | undefined;
  readonly reference: MessageStart['reference'];
  readonly interaction: APIMessageInteractionMetadata | undefined;
  mentions: Mentions;
  flags: number;
  edited: string | null = null;
  deleted = false;
  thread: Channel | undefined;

  constructor(world: World, start: MessageStart) {
    this.world = world;
    this.id = world.clock.snowflake();
    this.channel = start.channel;
    this.author = start.author;
    this.type = start.type ?? MessageType.Default;
    this.flags = start.flags ?? 0;
    this.mentions = start.mentions ?? { users: [], roles: [], everyone: false };
    this.notified = this.#whoIsNotified();
    this.nonce = start.nonce;
    this.reference = start.reference;
    this.interaction = start.interaction;
    this.versions = [];
    this.change(start);
  }

  get #now(): MessageVersion {
    return this.versions.at(-1) as MessageVersion;
  }
  get content(): string {
    return this.#now.content;
  }
  get attachments(): readonly Attachment[] {
    return this.#now.attachments;
  }
  get components(): readonly APIMessageTopLevelComponent[] {
    return this.#now.components;
  }
  get embeds(): readonly APIEmbed[] {
    return this.#now.embeds;
  }
  get ephemeral(): boolean {
    return (this.flags & MessageFlags.Ephemeral) !== 0;
  }
  /** Whether it only says that the bot is thinking. */
  get loading(): boolean {
    return (this.flags & MessageFlags.Loading) !== 0;
  }

  /** What can be pressed or chosen, in order. */
  get controls(): APIMessageComponent[] {
    return this.components.flatMap((row): APIMessageComponent[] =>
      row.type === ComponentType.ActionRow ? row.components : [],
    );
  }

  change(next: Omit<MessageVersion, 'at'>): void {
    const { content, attachments, components, embeds } = next;
    this.versions.push({ content, attachments, components, embeds, at: this.world.clock.now() });
  }

  /** The message as the bot gets it when it may read everything. */
  payload(): APIMessage {
    const { guild } = this.channel;
    return {
      id: this.id,
      channel_id: this.channel.id,
      author: this.author.payload(),
      content: this.content,
      timestamp: new Date(this.versions[0]?.at ?? 0).toISOString(),
      edited_timestamp: this.edited,
      tts: false,
      mention_everyone: this.mentions.everyone,
      mentions: this.mentions.users.map((each) => each.payload()),
      mention_roles: this.mentions.roles.map(({ id }) => id),
      attachments: this.attachments.map((each) => each.payload()),
      embeds: [...this.embeds],
      components: [...this.components],
      pinned: false,
      type: this.type,
      flags: this.flags as MessageFlags,
      ...(this.reactions.size > 0 && { reactions: [...this.reactions].map(this.#reaction) }),
      ...(this.nonce !== undefined && { nonce: this.nonce }),
      ...(this.reference && {
        message_reference: {
          channel_id: this.reference.channelId,
          ...(this.reference.message && { message_id: this.reference.message.id }),
          ...(guild && { guild_id: guild.id }),
        },
      }),
      ...(this.type === MessageType.Reply && { referenced_message: this.#referenced() }),
      ...(this.interaction && {
        interaction_metadata: this.interaction,
        webhook_id: this.world.applicationId,
      }),
      ...(this.author.bot && { application_id: this.world.applicationId }),
      ...(this.thread && !this.thread.deleted && { thread: this.thread.payload() }),
    };
  }

  eventPayload(): GatewayMessageCreateDispatchData {
    const { guild } = this.channel;
    if (!guild) return this.payload();
    const { user: _, ...member } = guild.memberPayload(this.author);
    return { ...this.payload(), guild_id: guild.id, member } as GatewayMessageCreateDispatchData;
  }

  /** The message that this one answers; what others wrote is hidden in it as everywhere. */
  #referenced(): APIMessage | null {
    const message = this.reference?.message;
    if (!message || message.deleted) return null;
    const granted = (this.world.options.grantedIntents & GatewayIntentBits.MessageContent) !== 0;
    return granted || isExempt(message) ? message.payload() : withoutContent(message.payload());
  }

  #reaction = ([name, accounts]: [string, Account[]]) => ({
    emoji: { id: null, name },
    count: accounts.length,
    count_details: { normal: accounts.length, burst: 0 },
    me: accounts.includes(this.world.bot),
    me_burst: false,
    burst_colors: [],
  });

  #whoIsNotified(): Account[] {
    const { users, roles, everyone } = this.mentions;
    const members = [...(this.channel.guild?.members.values() ?? [])];
    const byRole = members.filter((member) => everyone || member.roles.some((role) => roles.includes(role)));
    const silent = (this.flags & (MessageFlags.SuppressNotifications | MessageFlags.Ephemeral)) !== 0;
    const all = new Set([...users, ...byRole.map(({ account }) => account)]);
    all.delete(this.author);
    return silent ? [] : [...all];
  }
}

/** What is left of a message for a bot that may not read what others write. */
export function withoutContent<Data extends Pick<APIMessage, 'content' | 'attachments' | 'embeds'>>(
  data: Data,
): Data {
  return { ...data, content: '', attachments: [], embeds: [], components: [] };
}

/** Whether the bot reads a message without the MessageContent intent. */
export function isExempt(message: Message): boolean {
  const { author, world, channel, mentions } = message;
  return author === world.bot || !channel.guild || mentions.users.includes(world.bot);
}
