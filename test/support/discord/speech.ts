import {
  ChannelType,
  GatewayDispatchEvents,
  MessageFlags,
  MessageType,
  ReactionType,
} from 'discord-api-types/v10';
import { refusal } from './errors.ts';
import type { Account } from './model/account.ts';
import { Channel, type ThreadState } from './model/channel.ts';
import { Message, type MessageStart, type MessageVersion } from './model/message.ts';
import type { World } from './world.ts';

/** Distinct emoji that a message takes. */
const MAX_REACTIONS = 20;

/** Puts a message into its channel, opens an archived thread with it, and tells who may know. */
export function post(world: World, start: MessageStart): Message {
  const message = new Message(world, start);
  const { channel, author } = message;
  if (channel.thread?.archived) channel.setThread({ archived: false });
  channel.history.push(message);
  if (channel.thread) channel.addThreadMember(author);
  announce(message, GatewayDispatchEvents.MessageCreate);
  return message;
}

export function edit(
  message: Message,
  next: Partial<Omit<MessageVersion, 'at'>>,
  flags = message.flags,
): void {
  message.flags = flags;
  const { content, attachments, components, embeds } = message;
  message.change({ content, attachments, components, embeds, ...next });
  message.edited = message.world.clock.iso();
  announce(message, GatewayDispatchEvents.MessageUpdate);
}

export function remove(message: Message): void {
  const { world, channel } = message;
  message.deleted = true;
  for (const { path } of message.attachments) world.attachments.delete(path);
  if (message.ephemeral) {
    world.changed();
    return;
  }
  const { guild } = channel;
  const d = { id: message.id, channel_id: channel.id, ...(guild && { guild_id: guild.id }) };
  world.dispatch({ t: GatewayDispatchEvents.MessageDelete, d }, { guild, channel });
}

function announce(
  message: Message,
  t: GatewayDispatchEvents.MessageCreate | GatewayDispatchEvents.MessageUpdate,
): void {
  const { world, channel } = message;
  // What one user alone sees is no event; the interaction's answers tell of it.
  if (message.ephemeral) {
    world.changed();
    return;
  }
  world.dispatch({ t, d: message.eventPayload() }, { guild: channel.guild, channel, message });
}

export function addReaction(message: Message, account: Account, emoji: string): void {
  const before = message.reactions.get(emoji);
  if (before?.includes(account)) return;
  if (!before && message.reactions.size >= MAX_REACTIONS) throw refusal(30010);
  message.reactions.set(emoji, [...(before ?? []), account]);
  const { guild } = message.channel;
  message.world.dispatch(
    {
      t: GatewayDispatchEvents.MessageReactionAdd,
      d: {
        ...reaction(message, account, emoji),
        message_author_id: message.author.id,
        ...(guild && { member: guild.memberPayload(account) }),
      },
    },
    { guild, channel: message.channel },
  );
}

export function removeReaction(message: Message, account: Account, emoji: string): void {
  const rest = message.reactions.get(emoji)?.filter((each) => each !== account);
  if (rest?.length) message.reactions.set(emoji, rest);
  else message.reactions.delete(emoji);
  message.world.dispatch(
    { t: GatewayDispatchEvents.MessageReactionRemove, d: reaction(message, account, emoji) },
    { guild: message.channel.guild, channel: message.channel },
  );
}

function reaction({ id, channel }: Message, account: Account, emoji: string) {
  return {
    user_id: account.id,
    channel_id: channel.id,
    message_id: id,
    ...(channel.guild && { guild_id: channel.guild.id }),
    emoji: { id: null, name: emoji },
    burst: false,
    type: ReactionType.Normal,
  };
}

export interface ThreadStart {
  readonly name: string;
  readonly owner: Account;
  readonly autoArchiveMinutes?: ThreadState['autoArchiveMinutes'];
  /** The message that the thread begins with. */
  readonly from?: Message;
  readonly private?: boolean;
}

/** Opens a thread. One that begins with a message has that message's id. */
export function openThread(parent: Channel, start: ThreadStart): Channel {
  const { world, guild } = parent;
  if (!guild) throw refusal(50024);
  const { from, owner } = start;
  const thread = new Channel(world, {
    ...(from && { id: from.id }),
    type: start.private ? ChannelType.PrivateThread : ChannelType.PublicThread,
    name: start.name,
    guild,
    parent,
    thread: {
      archived: false,
      locked: false,
      archivedAt: world.clock.iso(),
      autoArchiveMinutes: start.autoArchiveMinutes ?? 4320,
      owner,
      members: new Set([owner]),
    },
  });
  world.dispatch(
    { t: GatewayDispatchEvents.ThreadCreate, d: { ...thread.threadPayload(), newly_created: true } },
    { guild, channel: thread },
  );
  const nothing = { content: '', attachments: [], components: [], embeds: [] };
  if (from) {
    from.thread = thread;
    from.flags |= MessageFlags.HasThread;
    announce(from, GatewayDispatchEvents.MessageUpdate);
    const reference = { channelId: parent.id, message: from };
    post(world, {
      ...nothing,
      channel: thread,
      author: owner,
      type: MessageType.ThreadStarterMessage,
      reference,
    });
  } else if (!start.private) {
    const notice = { channel: parent, author: owner, type: MessageType.ThreadCreated };
    post(world, {
      ...nothing,
      ...notice,
      content: start.name,
      reference: { channelId: thread.id, message: undefined },
    });
  }
  return thread;
}

/** The direct messages between the bot and a user. */
export function directChannel(world: World, account: Account): Channel {
  const existing = [...world.channels.values()].find(
    ({ type, recipients }) => type === ChannelType.DM && recipients.includes(account),
  );
  return existing ?? new Channel(world, { type: ChannelType.DM, recipients: [world.bot, account] });
}
