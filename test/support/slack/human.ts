import type { Channel, ChosenFile, Json, Message, StoredFile, User, View } from './model.ts';
import { TRIGGER_MS } from './other-methods.ts';
import { optionFaults } from './validate.ts';
import type { World } from './world.ts';

/** What somebody fills a view's inputs in with, by block: text, a choice's value, or files. */
export type Filling = Readonly<Record<string, string | number | ChosenFile | Uint8Array>>;

/** What came of something that somebody did: the view that it opened is found by its trigger. */
export interface Use {
  readonly trigger: string;
  /** The view that it opened, as soon as there is one. */
  view(): Promise<View>;
}

/** A person at Slack's client. What the app does not acknowledge in 3 s rejects with what the client says. */
export class Human {
  readonly account: User;
  readonly #world: World;

  constructor(world: World, account: User) {
    this.#world = world;
    this.account = account;
  }

  get id(): string {
    return this.account.id;
  }

  /** The direct messages with the app. */
  get direct(): Channel {
    return this.#world.direct(this.account);
  }

  async slash(channel: Channel, command: string, text = ''): Promise<Use> {
    if (!this.#world.options.app.commands.includes(command)) throw new Error(`${command} is not a command`);
    const token = this.#world.id('response');
    this.#world.responses.set(token, {
      channel,
      user: this.account,
      left: 5,
      at: this.#world.clock.now(),
    });
    const use = this.#use();
    await this.#world.deliver('slash_commands', {
      token: 'verification-token',
      team_id: this.#world.team.id,
      team_domain: 'museum',
      channel_id: channel.id,
      channel_name: channel.kind === 'im' ? 'directmessage' : channel.name,
      user_id: this.id,
      user_name: this.account.name.toLowerCase(),
      command,
      text,
      api_app_id: this.#world.appId,
      is_enterprise_install: 'false',
      response_url: `${this.#world.origin}/commands/${token}`,
      trigger_id: use.trigger,
    });
    return use;
  }

  /** Sends a view; settles with the errors that the app shows in it, by block, or with nothing. */
  async submitModal(view: View, filling: Filling = {}): Promise<Record<string, string> | undefined> {
    if (!view.open) throw new Error('The view is closed.');
    const values: Json = {};
    for (const block of view.content.blocks as Json[]) {
      if (block.type !== 'input') continue;
      const element = block.element as Json;
      const given = filling[String(block.block_id)];
      const state = this.#stateOf(element, given);
      if (state === undefined && !block.optional) throw new Error(`${block.block_id} is required`);
      values[String(block.block_id)] = {
        [String(element.action_id)]: { type: element.type, ...(state ?? emptyState(element)) },
      };
    }
    const unknown = Object.keys(filling).find((name) => !(name in values));
    if (unknown) throw new Error(`The view has no input ${unknown}.`);
    const answer = await this.#world.deliver('interactive', {
      ...this.#interaction('view_submission'),
      view: {
        ...view.content,
        id: view.id,
        team_id: this.#world.team.id,
        state: { values },
        hash: '1',
        root_view_id: view.id,
        app_id: this.#world.appId,
        bot_id: this.#world.botId,
      },
      response_urls: [],
    });
    if (answer.response_action === 'errors') return answer.errors as Record<string, string>;
    view.open = false;
    return undefined;
  }

  /** Types into a selection that the app fills; settles with what it offers. */
  async suggest(view: View, block: string, text: string): Promise<string[]> {
    const found = (view.content.blocks as Json[]).find(({ block_id }) => block_id === block);
    const element = found?.element as Json | undefined;
    if (element?.type !== 'external_select') throw new Error(`${block} is no such selection`);
    const { options } = await this.#world.deliver('interactive', {
      ...this.#interaction('block_suggestion'),
      action_id: element.action_id,
      block_id: block,
      value: text,
      view: { ...view.content, id: view.id },
    });
    for (const fault of optionFaults(options)) this.#world.violate(fault);
    return (options as { value: string }[]).map(({ value }) => value);
  }

  /** Chooses in a selection that tells the app of it at once. */
  async choose(view: View, block: string, value: string): Promise<void> {
    const found = (view.content.blocks as Json[]).find(({ block_id }) => block_id === block);
    const element = found?.element as Json | undefined;
    if (!element || found?.dispatch_action !== true) throw new Error(`${block} tells nobody of a choice`);
    await this.#world.deliver('interactive', {
      ...this.#interaction('block_actions'),
      container: { type: 'view', view_id: view.id },
      view: { ...view.content, id: view.id, hash: '1', state: { values: {} } },
      actions: [
        {
          type: element.type,
          action_id: element.action_id,
          block_id: block,
          selected_option: { text: { type: 'plain_text', text: value }, value },
          action_ts: this.#world.ts(),
        },
      ],
    });
  }

  /** Presses a button, found by a part of its label. */
  async click(message: Message, label: string): Promise<Use> {
    const button = message.buttons.find((each) => each.label.includes(label));
    if (!button || message.deleted) throw new Error(`There is no button ${label}.`);
    const use = this.#use();
    await this.#world.deliver('interactive', {
      ...this.#interaction('block_actions', use.trigger),
      channel: { id: message.channel.id, name: message.channel.name },
      container: {
        type: 'message',
        message_ts: message.ts,
        channel_id: message.channel.id,
        is_ephemeral: false,
        ...(message.thread !== undefined && { thread_ts: message.thread }),
      },
      message: this.#world.messageJson(message),
      actions: [
        { type: 'button', action_id: button.actionId, block_id: button.blockId, action_ts: this.#world.ts() },
      ],
    });
    return use;
  }

  /** Uses a shortcut from a message's menu. */
  async shortcut(message: Message, name: string): Promise<Use> {
    const callback = this.#world.options.app.shortcuts[name];
    if (!callback) throw new Error(`There is no shortcut ${name}.`);
    const use = this.#use();
    await this.#world.deliver('interactive', {
      ...this.#interaction('message_action', use.trigger),
      callback_id: callback,
      channel: { id: message.channel.id, name: message.channel.name },
      message_ts: message.ts,
      message: this.#world.messageJson(message),
    });
    return use;
  }

  /** Writes; an app that is mentioned, or written to directly, is told. */
  say(channel: Channel, text: string, files: readonly ChosenFile[] = [], thread?: string): Message {
    const message = this.#world.post(channel, {
      user: this.id,
      version: { text, blocks: [] },
      files: files.map((file) => this.#upload(file)),
      ...(thread !== undefined && { thread }),
    });
    const event = {
      ...this.#world.messageJson(message),
      channel: channel.id,
      event_ts: message.ts,
      ...(files.length > 0 && { subtype: 'file_share' }),
    };
    if (channel.kind === 'im') {
      this.#world.emit({ ...event, type: 'message', channel_type: 'im' }, channel, 'message.im');
    } else if (text.includes(`<@${this.#world.bot.id}>`)) {
      this.#world.emit({ ...event, type: 'app_mention' }, channel);
    }
    return message;
  }

  /** Mentions the app, and writes something after it. */
  mention(channel: Channel, text: string, files: readonly ChosenFile[] = [], thread?: string): Message {
    return this.say(channel, `<@${this.#world.bot.id}> ${text}`, files, thread);
  }

  /** Reacts with an emoji by Slack's name for it. */
  react(message: Message, name: string): void {
    const users = message.reactions.get(name) ?? new Set();
    message.reactions.set(name, users.add(this.id));
    const item = { type: 'message', channel: message.channel.id, ts: message.ts };
    this.#world.emit(
      {
        type: 'reaction_added',
        user: this.id,
        reaction: name,
        item_user: message.user,
        item,
        event_ts: this.#world.ts(),
      },
      message.channel,
    );
    this.#world.changed();
  }

  #upload({ name, content }: ChosenFile): StoredFile {
    const file = this.#world.addFile(this.account, name, content.length);
    file.bytes = content;
    file.completed = true;
    file.unready = 0;
    return file;
  }

  #stateOf(element: Json, given: Filling[string] | undefined): Json | undefined {
    const initial = element.initial_value ?? (element.initial_option as Json | undefined)?.value;
    const value = given ?? initial;
    if (value === undefined || value === '') return undefined;
    if (element.type === 'file_input') {
      const file =
        value instanceof Uint8Array ? { name: 'picture.png', content: value } : (value as ChosenFile);
      const ending = file.name.split('.').at(-1) ?? '';
      const types = element.filetypes as string[] | undefined;
      if (types && !types.includes(ending)) throw new Error(`${ending} is not among the file types`);
      return { files: [this.#world.fileJson(this.#upload(file))] };
    }
    const text = String(value);
    switch (element.type) {
      case 'static_select': {
        const option = (element.options as Json[]).find((each) => each.value === text);
        if (!option) throw new Error(`${text} is not among the options`);
        return { selected_option: option };
      }
      case 'external_select':
        return { selected_option: { text: { type: 'plain_text', text }, value: text } };
      case 'number_input': {
        const number = Number(text);
        const [min, max] = [element.min_value ?? -Infinity, element.max_value ?? Infinity].map(Number);
        if (!(number >= (min as number) && number <= (max as number)))
          throw new Error(`${text} is out of range`);
        return { value: text };
      }
      default:
        return { value: text };
    }
  }

  #use(): Use {
    const trigger = this.#world.trigger(this.account);
    return {
      trigger,
      view: () =>
        this.#world.until(() => this.#world.views.find((view) => view.trigger === trigger), 2 * TRIGGER_MS),
    };
  }

  #interaction(type: string, trigger = this.#world.trigger(this.account)): Json {
    const { team, appId } = this.#world;
    return {
      type,
      token: 'verification-token',
      team: { id: team.id, domain: 'museum' },
      user: {
        id: this.id,
        username: this.account.name.toLowerCase(),
        name: this.account.name.toLowerCase(),
        team_id: team.id,
      },
      api_app_id: appId,
      trigger_id: trigger,
      is_enterprise_install: false,
      enterprise: null,
    };
  }
}

function emptyState({ type }: Json): Json {
  if (type === 'file_input') return { files: [] };
  return type === 'static_select' || type === 'external_select' ? { selected_option: null } : { value: null };
}
