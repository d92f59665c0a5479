import type { Bot } from '../bot/bot.ts';
import type { Chat } from '../bot/chat.ts';

/**
 * A chat platform: turns its events into the bot's, and performs what the bot asks. It acknowledges an event within
 * the time that its platform allows before it hands the event on, and hands on each event once.
 */
export interface ChatAdapter extends Chat {
  /**
   * What of its platform it serves, such as `discord 0-3/16`. Of all gateways one at a time serves a scope; others
   * that are configured for it stand by.
   */
  readonly scope: string;
  /** What is wrong with the connection until somebody mends it, in a sentence that anyone may read. */
  readonly problem?: string | undefined;
  /** Connects; returns once events can arrive. */
  start(bot: Bot): Promise<void>;
  /** Takes no more events and returns when those in hand have been answered. Messages can still be sent. */
  stop(): Promise<void>;
  /** Disconnects; nothing can be sent afterwards. */
  close(): Promise<void>;
}
