import { ImpastoError } from '../../nst/errors.ts';
import type { Answer, SlackApi } from './api.ts';

/** What messages of ours carry in their metadata, so that they can be known again. */
export const METADATA_TYPE = 'impasto_message';

/** A message as Slack tells of it. */
export interface SlackMessage {
  readonly ts: string;
  readonly thread_ts?: string;
  readonly blocks?: readonly { readonly type: string; readonly slack_file?: { readonly id?: string } }[];
  readonly metadata?: { readonly event_type?: string; readonly event_payload?: { readonly key?: unknown } };
}

/** Messages that are looked through for one of ours. */
const LIMIT = 200;

/** Looks messages up. */
export class History {
  readonly #api: SlackApi;

  constructor(api: SlackApi) {
    this.#api = api;
  }

  /** A message by its time stamp; undefined for one that is gone. */
  async message(channel: string, ts: string): Promise<SlackMessage | undefined> {
    return (await this.#replies(channel, ts)).find((message) => message.ts === ts);
  }

  /** The message of ours that was posted under a key, in a channel or a thread of it. */
  async ofKey(channel: string, thread: string | null, key: string): Promise<SlackMessage | undefined> {
    const messages =
      thread === null
        ? messagesOf(
            await this.#api.call('conversations.history', {
              channel,
              limit: LIMIT,
              include_all_metadata: true,
            }),
          )
        : await this.#replies(channel, thread);
    return messages.find(
      ({ metadata }) => metadata?.event_type === METADATA_TYPE && metadata.event_payload?.key === key,
    );
  }

  async #replies(channel: string, ts: string): Promise<SlackMessage[]> {
    try {
      return messagesOf(
        await this.#api.call('conversations.replies', {
          channel,
          ts,
          limit: LIMIT,
          include_all_metadata: true,
        }),
      );
    } catch (error) {
      if (error instanceof ImpastoError && error.code === 'message-gone') return [];
      throw error;
    }
  }
}

function messagesOf({ messages }: Answer): SlackMessage[] {
  return (messages ?? []) as SlackMessage[];
}
