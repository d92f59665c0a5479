import type { Bot } from '../../bot/bot.ts';
import type { Deliveries } from '../deliveries.ts';
import type { SlackApi } from './api.ts';
import type { Fetching } from './attachments.ts';
import type { Messages } from './messages.ts';
import type { People } from './people.ts';
import type { Previews } from './previews.ts';
import type { Replies } from './replies.ts';

/** What the handling of events works with. */
export interface SlackContext {
  readonly bot: Bot;
  readonly api: SlackApi;
  readonly people: People;
  readonly messages: Messages;
  readonly deliveries: Deliveries;
  readonly replies: Replies;
  readonly previews: Previews;
  readonly fetching: Fetching;
  /** The workspace's id. */
  readonly team: string;
  /** The bot's own user id. */
  readonly botUser: string;
}
