import type { App } from '@slack/bolt';
import { attachmentOf, type SlackFile } from './attachments.ts';
import type { SlackContext } from './context.ts';
import { emojiOf } from './emoji.ts';
import { PLATFORM, placeIn } from './places.ts';
import { answering, type Reply } from './replies.ts';
import { readCommand, readRequest } from './words.ts';

/** A message that speaks to the bot. */
interface Spoken {
  readonly channel: string;
  readonly ts: string;
  readonly thread_ts?: string;
  readonly user?: string;
  readonly bot_id?: string;
  readonly subtype?: string;
  readonly text?: string;
  readonly files?: readonly SlackFile[];
}

/** Turns what is said to the bot, and reactions, into the bot's events. Bolt acknowledges them at once. */
export class Events {
  readonly #context: SlackContext;

  constructor(context: SlackContext) {
    this.#context = context;
  }

  listen(app: App): void {
    const { deliveries, bot, team } = this.#context;
    const spoken = async ({ event }: { event: unknown }) => {
      const message = event as Spoken;
      // Slack may tell of one message as two kinds of events.
      void deliveries.once(`message:${message.channel}:${message.ts}`, bot, () => this.#spoken(message));
    };
    app.event('app_mention', spoken);
    app.event('message', spoken);
    app.event('reaction_added', async ({ event, body }) => {
      const { user, reaction, item } = event;
      if (item.type !== 'message') return;
      void deliveries.once(body.event_id, bot, () => this.#reacted(user, reaction, item.channel, item.ts));
    });
    app.event('app_uninstalled', async ({ body }) => {
      void deliveries.once(body.event_id, bot, () => bot.left({ platform: PLATFORM, server: team }));
    });
  }

  async #spoken(message: Spoken): Promise<void> {
    const { bot, people, team, botUser, fetching, replies } = this.#context;
    const { channel, ts, thread_ts, user, bot_id, subtype, files = [] } = message;
    // Edits and deletions come as messages, too, and other bots must not be answered for ever.
    const said = subtype === undefined || subtype === 'file_share';
    if (!said || user === undefined || bot_id !== undefined || user === botUser) return;
    const text = (message.text ?? '').replaceAll(`<@${botUser}>`, ' ').trim();
    const place = placeIn(team, channel, user, thread_ts ?? null);
    const written = readCommand(text);
    const none = text === '' && files.length === 0;
    const event =
      written ??
      (none ? { command: 'help', options: {} } : { command: 'stylize', options: readRequest(text) });
    const attachments = files.map((file) => attachmentOf(file, fetching));
    const reply: Reply = (answer) => replies.tell(place, user, answer, `reply-${channel}-${ts}`);
    await answering(reply, async () => {
      await bot.command({ actor: await people.actor(user), place, ...event, attachments, reply });
    });
  }

  async #reacted(user: string, reaction: string, channel: string, ts: string): Promise<void> {
    const { bot, people, team, botUser, messages, replies } = this.#context;
    const action = emojiOf(reaction);
    if (action === undefined || user === botUser || (await people.isBot(user))) return;
    const ref = { platform: PLATFORM, channel, message: ts };
    const place = placeIn(team, channel, user, await messages.threadOf(ref));
    await bot.action({
      actor: await people.actor(user),
      place,
      action,
      message: ref,
      reply: (answer) => replies.tell(place, user, answer, `reaction-${ts}-${user}-${Date.now()}`),
    });
  }
}
