import { type APIMessage, type Client, DiscordAPIError, Routes } from 'discord.js';
import type { Rendered } from './render.ts';

/** As many of a channel's newest messages as Discord gives at once. */
const LOOKED_THROUGH = 100;

/**
 * Finds a message that may have been sent before, by an earlier process or by a call whose answer was lost. Discord keeps
 * a nonce for some minutes and shows it to nobody, so it is the bot's message with a picture of the same name, whatever
 * its kind, or, without a picture, with the same text. Answers to commands are others.
 *
 * @returns its id; undefined also where the channel may not be read: better twice than never.
 */
export async function findSent(
  client: Client,
  channel: string,
  { body, files }: Rendered,
): Promise<string | undefined> {
  const query = new URLSearchParams({ limit: String(LOOKED_THROUGH) });
  const found = await client.rest.get(Routes.channelMessages(channel), { query }).catch((error) => {
    if (error instanceof DiscordAPIError) return [];
    throw error;
  });
  const [file] = files;
  const same = ({ author, content, attachments, interaction_metadata }: APIMessage) =>
    author.id === client.user?.id &&
    interaction_metadata === undefined &&
    (file
      ? attachments.some(({ filename }) => stem(filename) === stem(file.name))
      : content === body.content?.trim());
  return (found as APIMessage[]).find(same)?.id;
}

function stem(filename: string): string {
  return filename.replace(/\.\w+$/, '');
}
