import type { RespondFn } from '@slack/bolt';
import type { Chat, Message, Place } from '../../bot/chat.ts';
import { apology } from '../../bot/text.ts';
import { ImpastoError } from '../../nst/errors.ts';
import type { SlackApi } from './api.ts';
import { isDirect } from './places.ts';
import { render } from './render.ts';

/** Answers an event. */
export type Reply = (message: Message) => Promise<void>;

/** Carries something out; what it fails with is answered, if it has words for people. */
export async function answering(reply: Reply, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ImpastoError)) throw error;
    await reply({ text: apology(error), private: true });
  }
}

/** Answers whoever did something, where they did it. */
export class Replies {
  readonly #chat: Pick<Chat, 'post' | 'direct'>;
  readonly #api: SlackApi;

  constructor(chat: Pick<Chat, 'post' | 'direct'>, api: SlackApi) {
    this.#chat = chat;
    this.#api = api;
  }

  /**
   * Answers in a place: to the user alone, or to all. Where the bot may not write, it writes to the user directly.
   *
   * @param key - of the event that is answered.
   */
  async tell(place: Place, user: string, message: Message, key: string): Promise<void> {
    try {
      if (message.private && !isDirect(place.channel)) await this.#whisper(place, user, message);
      else await this.#chat.post(place, { mention: user, ...message, private: false }, key);
    } catch (error) {
      const refused = error instanceof ImpastoError && REFUSED.has(error.code);
      if (!refused) throw error;
      await this.#chat.direct(user, message, key);
    }
  }

  /** Answers a slash command, in channels that the bot is not in, too. */
  async respond(
    respond: RespondFn,
    place: Place,
    user: string,
    message: Message,
    key: string,
  ): Promise<void> {
    if (!message.picture) {
      const response_type = message.private ? 'ephemeral' : 'in_channel';
      const answered = await respond({ ...render(message), response_type, replace_original: false }).then(
        () => true,
        // It takes five answers within half an hour.
        () => false,
      );
      if (answered) return;
    }
    await this.tell(place, user, message, key);
  }

  async #whisper({ channel, thread }: Place, user: string, message: Message): Promise<void> {
    await this.#api.call('chat.postEphemeral', {
      channel,
      user,
      ...render(message),
      ...(thread !== null && { thread_ts: thread }),
    });
  }
}

const REFUSED: ReadonlySet<string> = new Set(['platform-refused', 'message-gone']);
