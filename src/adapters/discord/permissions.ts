import { PermissionFlagsBits, PermissionsBitField } from 'discord.js';

/** What the bot needs on a server, each by the name that Discord's settings show. */
export const NEEDED = {
  ViewChannel: 'View Channels',
  SendMessages: 'Send Messages',
  SendMessagesInThreads: 'Send Messages in Threads',
  CreatePublicThreads: 'Create Public Threads',
  AttachFiles: 'Attach Files',
  ReadMessageHistory: 'Read Message History',
  AddReactions: 'Add Reactions',
} as const satisfies Partial<Record<keyof typeof PermissionFlagsBits, string>>;

export type NeededPermission = keyof typeof NEEDED;

/** All that is needed, as Discord's number. */
export const NEEDED_BITS = new PermissionsBitField(Object.keys(NEEDED) as NeededPermission[]).bitfield;

/** The names of those that are missing, as Discord's settings show them. */
export function missingPermissions(
  granted: Readonly<PermissionsBitField>,
  needed: readonly NeededPermission[] = Object.keys(NEEDED) as NeededPermission[],
): string[] {
  return needed.filter((name) => !granted.has(PermissionFlagsBits[name])).map((name) => NEEDED[name]);
}

/** The link that installs the bot on a server with exactly what it needs. */
export function inviteLink(application: string): string {
  const query = new URLSearchParams({
    client_id: application,
    scope: 'bot applications.commands',
    permissions: String(NEEDED_BITS),
  });
  return `https://discord.com/oauth2/authorize?${query}`;
}
