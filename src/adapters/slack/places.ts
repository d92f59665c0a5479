import type { Place } from '../../bot/chat.ts';

export const PLATFORM = 'slack';

/** A place of a workspace. In direct messages the server is `@` and the user's id. */
export function placeIn(team: string, channel: string, user: string, thread: string | null = null): Place {
  const server = isDirect(channel) ? `@${user}` : team;
  return { platform: PLATFORM, server, channel, thread };
}

/** Whether a channel is a direct message: Slack's ids of those begin with D. */
export function isDirect(channel: string): boolean {
  return channel.startsWith('D');
}
