import {
  contentOf,
  knownChannel,
  type Method,
  openChannel,
  ownMessage,
  POSTING,
  Refusal,
  scopeOf,
  TIER2,
  TIER3,
  TIER4,
} from './call.ts';
import type { Channel, Json } from './model.ts';
import type { World } from './world.ts';

const write = () => ['chat:write'];

function threadOf(channel: Channel, ts: unknown, world: World): string | undefined {
  if (ts === undefined) return undefined;
  const parent = channel.find(ts);
  if (!parent) throw new Refusal('thread_not_found');
  if (parent.thread !== undefined) world.violate('thread_ts names a reply, not its parent');
  return parent.ts;
}

export const chatMethods: Readonly<Record<string, Method>> = {
  'chat.postMessage': {
    perMinute: POSTING,
    perChannel: true,
    scope: write,
    run(args, world) {
      const channel = openChannel(args.channel, world);
      const thread = threadOf(channel, args.thread_ts, world);
      const version = contentOf(args, world);
      const message = world.post(channel, {
        user: world.bot.id,
        version,
        ...(thread !== undefined && { thread }),
        ...(args.metadata !== undefined && { metadata: args.metadata as Json }),
      });
      return { channel: channel.id, ts: message.ts, message: world.messageJson(message) };
    },
  },
  'chat.postEphemeral': {
    perMinute: TIER4,
    scope: write,
    run(args, world) {
      const channel = openChannel(args.channel, world);
      if (!channel.members.has(String(args.user))) throw new Refusal('user_not_in_channel');
      const thread = threadOf(channel, args.thread_ts, world);
      const message = world.post(channel, {
        user: world.bot.id,
        version: contentOf(args, world),
        onlyFor: String(args.user),
        ...(thread !== undefined && { thread }),
      });
      return { message_ts: message.ts };
    },
  },
  'chat.update': {
    perMinute: TIER3,
    scope: write,
    run(args, world) {
      const channel = openChannel(args.channel, world);
      const message = ownMessage(channel, args.ts, world, 'cant_update_message');
      message.versions.push(contentOf(args, world));
      return { channel: channel.id, ts: message.ts, text: message.text, message: world.messageJson(message) };
    },
  },
  'chat.delete': {
    perMinute: TIER3,
    scope: write,
    run(args, world) {
      const channel = openChannel(args.channel, world);
      const message = ownMessage(channel, args.ts, world, 'cant_delete_message');
      message.deleted = true;
      return { channel: channel.id, ts: message.ts };
    },
  },
  'conversations.open': {
    perMinute: TIER3,
    scope: () => ['im:write'],
    run(args, world) {
      const user = world.users.get(String(args.users));
      if (!user) throw new Refusal('user_not_found');
      if (!user.takesDirectMessages) throw new Refusal('user_disabled');
      return { channel: { id: world.direct(user).id } };
    },
  },
  'conversations.info': {
    perMinute: TIER3,
    scope: scopeOf('read'),
    run(args, world) {
      const channel = knownChannel(args.channel, world);
      const { id, name, kind, archived } = channel;
      return {
        channel: {
          id,
          name,
          is_im: kind === 'im',
          is_private: kind === 'private',
          is_archived: archived,
          is_member: channel.members.has(world.bot.id),
        },
      };
    },
  },
  'conversations.members': {
    perMinute: TIER4,
    scope: scopeOf('read'),
    run: (args, world) => ({ members: [...knownChannel(args.channel, world).members] }),
  },
  'conversations.history': {
    perMinute: TIER3,
    scope: scopeOf('history'),
    run(args, world) {
      const channel = readable(args, world);
      const messages = channel.roots.toReversed().slice(0, Number(args.limit ?? 100));
      return { messages: messages.map((message) => shown(message, args, world)), has_more: false };
    },
  },
  'conversations.replies': {
    perMinute: TIER3,
    scope: scopeOf('history'),
    run(args, world) {
      const channel = readable(args, world);
      const at = channel.find(args.ts);
      if (!at) throw new Refusal('thread_not_found');
      const whole = at.thread === undefined ? [at, ...channel.replies(at)] : [at];
      const oldest = Number(args.oldest ?? 0);
      const messages = whole.filter(({ ts }) => ts === at.ts || Number(ts) >= oldest);
      return { messages: messages.map((message) => shown(message, args, world)), has_more: false };
    },
  },
  'reactions.add': {
    perMinute: TIER3,
    scope: () => ['reactions:write'],
    run(args, world) {
      const message = openChannel(args.channel, world).find(args.timestamp);
      if (!message) throw new Refusal('message_not_found');
      const users = message.reactions.get(String(args.name)) ?? new Set();
      if (users.has(world.bot.id)) throw new Refusal('already_reacted');
      if (message.reactions.size >= 23) throw new Refusal('too_many_emoji');
      message.reactions.set(String(args.name), users.add(world.bot.id));
      return {};
    },
  },
  'reactions.get': {
    perMinute: TIER3,
    scope: () => ['reactions:read'],
    run(args, world) {
      const message = knownChannel(args.channel, world).find(args.timestamp);
      if (!message) throw new Refusal('message_not_found');
      const reactions = [...message.reactions].map(([name, users]) => ({
        name,
        users: [...users],
        count: users.size,
      }));
      return { type: 'message', message: { ...world.messageJson(message), reactions } };
    },
  },
  'usergroups.list': {
    perMinute: TIER2,
    scope: () => ['usergroups:read'],
    run: (_, world) => ({
      usergroups: [...world.groups].map(([id, { handle, users }]) => ({ id, handle, users })),
    }),
  },
};

function readable(args: Json, world: World): Channel {
  const channel = knownChannel(args.channel, world);
  if (!channel.members.has(world.bot.id)) throw new Refusal('not_in_channel');
  return channel;
}

function shown(message: Parameters<World['messageJson']>[0], args: Json, world: World): Json {
  const { metadata, ...rest } = world.messageJson(message);
  return String(args.include_all_metadata) === 'true' && metadata ? { ...rest, metadata } : rest;
}
