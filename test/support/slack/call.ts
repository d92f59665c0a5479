import type { Channel, Json, Message } from './model.ts';
import { blockFaults } from './validate.ts';
import type { World } from './world.ts';

/** A method of the Web API. */
export interface Method {
  /** Calls a minute that its tier permits; none for special tiers. */
  readonly perMinute?: number;
  /** Whether they are counted for each channel. */
  readonly perChannel?: true;
  /** Whether it takes the app-level token. */
  readonly appToken?: true;
  /** Scopes of which it needs one. */
  readonly scope?: (args: Json, world: World) => readonly string[];
  run(args: Json, world: World): Json;
}

export const TIER2 = 20;
export const TIER3 = 50;
export const TIER4 = 100;
/** One a second. */
export const POSTING = 60;

/** An answer `ok: false`. */
export class Refusal extends Error {
  readonly details: Json;
  constructor(error: string, details: Json = {}) {
    super(error);
    this.details = details;
  }
}

export function refuseFaults(error: string, faults: readonly string[]): void {
  if (faults.length === 0) return;
  throw new Refusal(error, { response_metadata: { messages: faults.map((fault) => `[ERROR] ${fault}`) } });
}

/** A channel that the bot knows of; a private one without it is not to be found. */
export function knownChannel(id: unknown, world: World): Channel {
  const channel = world.channels.get(String(id));
  const hidden = channel && channel.kind !== 'public' && !channel.members.has(world.bot.id);
  if (!channel || hidden) throw new Refusal('channel_not_found');
  return channel;
}

/** A channel that the bot may write to. */
export function openChannel(id: unknown, world: World): Channel {
  const user = world.users.get(String(id));
  const channel = user ? world.direct(user) : knownChannel(id, world);
  if (!channel.members.has(world.bot.id)) throw new Refusal('not_in_channel');
  if (channel.archived) throw new Refusal('is_archived');
  return channel;
}

/** The bot's own message. */
export function ownMessage(channel: Channel, ts: unknown, world: World, error: string): Message {
  const message = channel.find(ts);
  if (!message) throw new Refusal('message_not_found');
  if (message.user !== world.bot.id) throw new Refusal(error);
  return message;
}

/** Text and blocks of a call, checked. */
export function contentOf(args: Json, world: World): { text: string; blocks: Json[] } {
  const text = typeof args.text === 'string' ? args.text : '';
  const blocks = (args.blocks ?? []) as Json[];
  if (text === '' && blocks.length === 0) throw new Refusal('no_text');
  if (text.length > 40_000) throw new Refusal('msg_too_long');
  refuseFaults(
    'invalid_blocks',
    blockFaults(blocks, 'message', (id) => world.files.get(id)),
  );
  return { text, blocks };
}

const HISTORY = { public: 'channels:history', private: 'groups:history', im: 'im:history' } as const;
const READ = { public: 'channels:read', private: 'groups:read', im: 'im:read' } as const;

/** The scope that reading a conversation's messages, or what it is, needs. */
export const scopeOf =
  (kind: 'history' | 'read') =>
  ({ channel }: Json, world: World): string[] => {
    const found = world.channels.get(String(channel));
    return found ? [(kind === 'history' ? HISTORY : READ)[found.kind]] : [];
  };
