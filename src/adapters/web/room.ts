import type { MessageRef, Place } from '../../bot/chat.ts';

export const PLATFORM = 'web';

/** The studio is one room: everybody sees everybody's threads, so that the queue and its fairness can be watched. */
export const ROOM: Place = { platform: PLATFORM, server: 'studio', channel: 'studio', thread: null };

/** Where the bot writes to one person alone. */
export function directPlace(person: string): Place {
  return { platform: PLATFORM, server: `@${person}`, channel: `@${person}`, thread: null };
}

/** Where a message is. */
export function placeOfRow({
  channel,
  thread,
}: {
  readonly channel: string;
  readonly thread: string | null;
}): Place {
  return channel === ROOM.channel ? { ...ROOM, thread } : directPlace(channel.slice(1));
}

export function refOf({ channel, id }: { readonly channel: string; readonly id: string }): MessageRef {
  return { platform: PLATFORM, channel, message: id };
}
