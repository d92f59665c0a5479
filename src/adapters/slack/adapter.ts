import { App } from '@slack/bolt';
import type { Logger } from 'pino';
import type { Bot } from '../../bot/bot.ts';
import type { Capabilities, Message, MessageRef, NewThread, OpenedThread, Place } from '../../bot/chat.ts';
import { ImpastoError } from '../../nst/errors.ts';
import type { ChatAdapter } from '../adapter.ts';
import { Deliveries } from '../deliveries.ts';
import { Legend } from '../legend.ts';
import { scopeOfToken } from '../scope.ts';
import { SlackApi } from './api.ts';
import { type Connection, type ConnectionOptions, connectionBy } from './connection.ts';
import { nameOf } from './emoji.ts';
import { Events } from './events.ts';
import { chatError, slackError, tokenError } from './failures.ts';
import { Interactions } from './interactions.ts';
import { slackLogger } from './log.ts';
import { Messages } from './messages.ts';
import { People } from './people.ts';
import { Pictures, UPLOAD_BYTES } from './pictures.ts';
import { PLATFORM, placeIn } from './places.ts';
import { Previews } from './previews.ts';
import { Replies } from './replies.ts';

/** chat.update takes about 50 calls a minute in all: room for two paintings at once, and for answers. */
const EDIT_INTERVAL_MS = 3000;
/** Slack processes a picture in a second or two. */
const FRESH_FILE_MS = 400;

/** Options of {@link slackAdapter}. */
export interface SlackOptions {
  /** The bot's token, `xoxb-…`. */
  readonly token: string;
  readonly connection: ConnectionOptions;
  readonly log: Logger;
  /** Least milliseconds between two edits of a message; default 3000, see EDIT_INTERVAL_MS. */
  readonly editIntervalMs?: number;
  /** Milliseconds before a fresh file is shown again; default 400, each time so many more. */
  readonly freshFileMs?: number;
  /** Base address of the Web API, for a proxy. */
  readonly api?: string;
  /** Fetches files; the global one by default. */
  readonly fetch?: typeof fetch;
}

/** Slack as a platform of the bot, by Bolt, for one workspace. */
export function slackAdapter(options: SlackOptions): ChatAdapter {
  return new SlackAdapter(options);
}

class SlackAdapter implements ChatAdapter {
  readonly platform = PLATFORM;
  readonly scope: string;
  readonly capabilities: Capabilities;
  readonly #options: SlackOptions;
  readonly #api: SlackApi;
  readonly #connection: Connection;
  readonly #pictures: Pictures;
  readonly #messages: Messages;
  readonly #legend: Legend;
  readonly #deliveries: Deliveries;
  readonly #directChannels = new Map<string, string>();
  /** Known once connected. */
  #team: string | undefined;

  constructor(options: SlackOptions) {
    const { token, connection, log, api } = options;
    this.#options = options;
    this.scope = scopeOfToken(PLATFORM, token);
    this.capabilities = {
      editAttachments: true,
      ephemeral: true,
      buttons: true,
      pictureFormats: ['png', 'jpeg', 'gif'],
      minEditIntervalMs: options.editIntervalMs ?? EDIT_INTERVAL_MS,
    };
    this.#api = new SlackApi({ token, ...(api !== undefined && { api }) });
    this.#connection = connectionBy(connection, log, api);
    this.#pictures = new Pictures(this.#api, options.freshFileMs ?? FRESH_FILE_MS);
    this.#messages = new Messages(this.#api, this.#pictures, log);
    this.#legend = new Legend({
      log,
      mayReact: () => true,
      react: (...where) => this.#addReaction(...where),
    });
    this.#deliveries = new Deliveries(PLATFORM, log);
  }

  async start(bot: Bot): Promise<void> {
    const { token, log } = this.#options;
    const self = await this.#identify();
    this.#team = self.team;
    const app = new App({
      receiver: this.#connection.receiver,
      logger: slackLogger(log),
      authorize: async () => ({
        botToken: token,
        botId: self.botId,
        botUserId: self.user,
        teamId: self.team,
      }),
      // Whole conversations are not needed, and the memory store would keep every one.
      convoStore: false,
    });
    app.error(async (err) => log.warn({ err }, 'an event of Slack could not be handled'));
    const people = new People(this.#api);
    const previews = new Previews({ bot, people, api: this.#api }, this.#pictures);
    const context = {
      bot,
      people,
      team: self.team,
      botUser: self.user,
      api: this.#api,
      messages: this.#messages,
      deliveries: this.#deliveries,
      replies: new Replies(this, this.#api),
      previews,
      fetching: { get: this.#options.fetch ?? fetch, token },
    };
    new Interactions(context).listen(app);
    new Events(context).listen(app);
    await this.#connection.start();
    await bot.present(PLATFORM, [self.team]);
    log.info({ user: self.user, workspace: self.name }, 'connected to Slack');
  }

  /** Events are no longer taken at all: Slack sends them again to the next process. */
  async stop(): Promise<void> {
    await this.#connection.stop();
    await this.#deliveries.stop();
  }

  async close(): Promise<void> {
    await this.#legend.stop();
    await this.stop();
  }

  owns(server: string): boolean {
    return server === this.#team || server.startsWith('@');
  }

  async maxUploadBytes(): Promise<number> {
    return UPLOAD_BYTES;
  }

  openThread(place: Place, thread: NewThread, key: string): Promise<OpenedThread> {
    return this.#messages.openThread(place, thread, key);
  }

  async post(place: Place, message: Message, key: string): Promise<MessageRef> {
    const ref = await this.#messages.post(place, message, key);
    this.#legend.add(ref.channel, ref.message, message);
    return ref;
  }

  async direct(user: string, message: Message, key: string): Promise<MessageRef> {
    const channel = this.#directChannels.get(user) ?? (await this.#openDirect(user));
    // The workspace is of no matter in direct messages.
    return this.post(placeIn('', channel, user), message, `direct-${key}`);
  }

  edit(ref: MessageRef, message: Message): Promise<void> {
    return this.#messages.edit(ref, message);
  }

  remove(ref: MessageRef): Promise<void> {
    return this.#messages.remove(ref);
  }

  /** A thread has no name but its first message; what was answered to that stays. */
  forgetThread(beginning: MessageRef): Promise<void> {
    return this.remove(beginning);
  }

  async #openDirect(user: string): Promise<string> {
    const { channel } = await this.#api.call('conversations.open', { users: user });
    const { id } = channel as { id: string };
    this.#directChannels.set(user, id);
    return id;
  }

  async #addReaction(channel: string, timestamp: string, emoji: string): Promise<void> {
    const name = nameOf(emoji);
    if (name === undefined) return;
    try {
      await this.#api.raw('reactions.add', { channel, timestamp, name });
    } catch (error) {
      if (slackError(error) !== 'already_reacted') throw chatError(error);
    }
  }

  /** @throws ImpastoError `bad-setting` for a token that Slack does not accept, `platform-failed` */
  async #identify() {
    try {
      const { user_id, bot_id, team_id, team } = await this.#api.raw('auth.test');
      if (bot_id === undefined) {
        throw new ImpastoError('bad-setting', 'IMPASTO_SLACK_BOT_TOKEN is not a bot’s token.', {
          advice: 'Copy the one that begins with xoxb-, under OAuth & Permissions.',
        });
      }
      return { user: String(user_id), botId: String(bot_id), team: String(team_id), name: String(team) };
    } catch (error) {
      throw tokenError(error, 'IMPASTO_SLACK_BOT_TOKEN') ?? chatError(error);
    }
  }
}
