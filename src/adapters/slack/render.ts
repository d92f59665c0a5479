import type { types } from '@slack/bolt';
import type { Button, Message } from '../../bot/chat.ts';
import { customId } from '../custom-id.ts';

type Block = types.KnownBlock;

/** Buttons in a row; Slack takes 25 and wraps them by itself, but not alike everywhere. */
const ROW = 5;
/** Slack takes 3000 characters in a section. */
const MAX_SECTION = 2900;

/** A message as Slack's API takes it. */
export interface Rendered {
  /** What notifications and screen readers have of it. */
  readonly text: string;
  readonly blocks: Block[];
}

/**
 * A message in Slack's form. Everything in its text is shown as it stands but for bold, code and the bot's mentions.
 * In Slack a mention always notifies, so only messages that one user alone sees have any but the message's own.
 *
 * @param file - id of the uploaded picture.
 */
export function render(message: Message, file?: string): Rendered {
  const { mention, picture, buttons = [] } = message;
  const body = mrkdwn(message.text, message.private ?? false);
  const text = mention === undefined ? body : `<@${mention}> ${body}`;
  return {
    text,
    blocks: [
      ...sections(text).map(
        (part): Block => ({ type: 'section', text: { type: 'mrkdwn', text: part, verbatim: true } }),
      ),
      ...(picture && file !== undefined
        ? [{ type: 'image' as const, slack_file: { id: file }, alt_text: picture.alt.slice(0, 2000) }]
        : []),
      ...rows(buttons),
    ],
  };
}

/** The bot's text in Slack's mrkdwn. */
export function mrkdwn(text: string, mentions = false): string {
  return text
    .split(/(`[^`\n]*`)/)
    .map((part, index) => {
      const safe = escaped(part);
      return index % 2 === 1 ? safe : named(safe.replace(/\*\*(.+?)\*\*/g, '*$1*'), mentions);
    })
    .join('');
}

/** Text in which Slack sees no mention and no link. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const SIGILS: Readonly<Record<string, string>> = { user: '@', channel: '#', role: '!subteam^' };

/** The bot's `<user:1>`, `<channel:1>` and `<role:1>`; a channel's notifies nobody. */
function named(text: string, mentions: boolean): string {
  return text.replace(/&lt;(user|channel|role):([A-Z][A-Z0-9]{2,30})&gt;/g, (_, kind: string, id: string) =>
    mentions || kind === 'channel' ? `<${SIGILS[kind]}${id}>` : `\`${id}\``,
  );
}

/** Text in parts that sections take, cut between lines. */
function sections(text: string): string[] {
  const parts: string[] = [];
  for (const line of text.split('\n')) {
    const last = parts.at(-1);
    if (last !== undefined && last.length + line.length < MAX_SECTION) parts[parts.length - 1] += `\n${line}`;
    else parts.push(line.slice(0, MAX_SECTION));
  }
  return parts.filter((part) => part.trim() !== '');
}

function rows(buttons: readonly Button[]): Block[] {
  return Array.from({ length: Math.ceil(buttons.length / ROW) }, (_, row) => ({
    type: 'actions' as const,
    elements: buttons.slice(ROW * row, ROW * (row + 1)).map(({ action, emoji, label, jobId }) => ({
      type: 'button' as const,
      action_id: customId(action, jobId),
      text: { type: 'plain_text' as const, text: `${emoji} ${label}`.slice(0, 75), emoji: true },
      ...(action === 'remove' && { style: 'danger' as const }),
    })),
  }));
}
