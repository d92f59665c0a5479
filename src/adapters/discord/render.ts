import { createHash } from 'node:crypto';
import {
  type APIActionRowComponent,
  type APIButtonComponent,
  ButtonStyle,
  ComponentType,
  type RawFile,
  type RESTPostAPIChannelMessageJSONBody,
} from 'discord.js';
import type { Button, Message } from '../../bot/chat.ts';
import { customId } from '../custom-id.ts';

/** Buttons that Discord puts in a row at most. */
const ROW = 5;

/** A message as Discord's API takes it. */
export interface Rendered {
  readonly body: RESTPostAPIChannelMessageJSONBody;
  readonly files: RawFile[];
}

/**
 * A message in Discord's form. Nobody is notified but whom the message mentions. Its `attachments` are all that the
 * message has, so that an edit takes away what was there before.
 */
export function render(message: Message): Rendered {
  const { mention, picture } = message;
  const text = mentionsIn(message.text);
  return {
    body: {
      content: mention === undefined ? text : `<@${mention}> ${text}`,
      allowed_mentions: { parse: [], users: mention === undefined ? [] : [mention] },
      components: rows(message.buttons ?? []),
      attachments: picture ? [{ id: 0, filename: picture.name, description: picture.alt }] : [],
    },
    files: picture ? [{ name: picture.name, data: Buffer.from(picture.bytes), key: 'files[0]' }] : [],
  };
}

/** The bot's `<user:1>`, `<channel:1>` and `<role:1>` in Discord's form. Shown, not notified: see allowed_mentions. */
function mentionsIn(text: string): string {
  const sigils: Record<string, string> = { user: '@', channel: '#', role: '@&' };
  return text.replace(
    /<(user|channel|role):(\d{1,20})>/g,
    (_, kind: string, id: string) => `<${sigils[kind]}${id}>`,
  );
}

function rows(buttons: readonly Button[]): APIActionRowComponent<APIButtonComponent>[] {
  return Array.from({ length: Math.ceil(buttons.length / ROW) }, (_, row) => ({
    type: ComponentType.ActionRow as const,
    components: buttons.slice(ROW * row, ROW * (row + 1)).map(button),
  }));
}

function button({ action, emoji, label, jobId }: Button): APIButtonComponent {
  return {
    type: ComponentType.Button,
    custom_id: customId(action, jobId),
    style: action === 'remove' ? ButtonStyle.Danger : ButtonStyle.Secondary,
    emoji: { name: emoji },
    label: label.slice(0, 80),
  };
}

/** A key as Discord's nonce, at most 25 characters: within minutes, the same nonce is the same message. */
export function nonceOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 25);
}
