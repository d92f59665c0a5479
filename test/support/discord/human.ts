import type { APIApplicationCommandOptionChoice } from 'discord-api-types/v10';
import { autocomplete, contextMenu, slash } from './acts/command.ts';
import { choose, click, type ModalInput, submitModal } from './acts/components.ts';
import { ClientRefusal, type GivenOptions, toFile } from './acts/options.ts';
import type { Interaction, Modal } from './interaction.ts';
import { findMentions } from './mentions.ts';
import type { Account } from './model/account.ts';
import type { FakeFile } from './model/attachment.ts';
import type { Channel } from './model/channel.ts';
import type { Message } from './model/message.ts';
import { has, type PermissionName, permissionsIn, permissionToSend } from './permissions.ts';
import { addReaction, directChannel, post, remove, removeReaction } from './speech.ts';
import type { World } from './world.ts';

/**
 * A person at Discord's client. What the client would not let them do throws a `ClientRefusal`; what the bot does not
 * acknowledge in time fails with what the client says then.
 */
export class Human {
  readonly account: Account;
  readonly #world: World;

  constructor(world: World, account: Account) {
    this.#world = world;
    this.account = account;
  }

  get id(): string {
    return this.account.id;
  }

  /** The direct messages with the bot. */
  get direct(): Channel {
    return directChannel(this.#world, this.account);
  }

  /** Whether the bot may write to this person. */
  set takesDirectMessages(takes: boolean) {
    this.account.takesDirectMessages = takes;
  }

  /**
   * Uses a command; settles when the bot has acknowledged it.
   *
   * @param subcommand - name of the sub-command, after that of its group and a space if it is in one
   */
  slash(
    channel: Channel,
    name: string,
    options: GivenOptions = {},
    subcommand?: string,
  ): Promise<Interaction> {
    return slash(this.#world, { channel, user: this.account, name, options, subcommand });
  }

  /** Types into an option; settles with what the bot proposes. */
  autocomplete(
    channel: Channel,
    name: string,
    focused: string,
    text: string,
    { options = {}, subcommand }: { options?: GivenOptions; subcommand?: string } = {},
  ): Promise<readonly APIApplicationCommandOptionChoice[]> {
    return autocomplete(this.#world, {
      channel,
      user: this.account,
      name,
      options,
      subcommand,
      focused,
      text,
    });
  }

  /** Uses a command from a message's or a user's menu. */
  contextMenu(name: string, target: Message): Promise<Interaction>;
  contextMenu(name: string, target: Human, channel: Channel): Promise<Interaction>;
  contextMenu(name: string, target: Message | Human, channel?: Channel): Promise<Interaction> {
    const user = this.account;
    if (!(target instanceof Human))
      return contextMenu(this.#world, { channel: target.channel, user, name }, target);
    return contextMenu(this.#world, { channel: channel as Channel, user, name }, target.account);
  }

  /** Presses a button, found by its label, its emoji or its `custom_id`. */
  click(message: Message, labelOrId: string): Promise<Interaction> {
    return click(this.#world, this.account, message, labelOrId);
  }

  choose(message: Message, customId: string, values: readonly string[]): Promise<Interaction> {
    return choose(this.#world, this.account, message, customId, values);
  }

  submitModal(modal: Modal, input: ModalInput = {}): Promise<Interaction> {
    return submitModal(this.#world, this.account, modal, input);
  }

  react(message: Message, emoji: string): void {
    this.#require(message.channel, 'ReadMessageHistory');
    if (!message.reactions.has(emoji)) this.#require(message.channel, 'AddReactions');
    if (message.deleted || message.ephemeral) throw new ClientRefusal('The message takes no reactions.');
    if (message.channel.thread?.archived) throw new ClientRefusal('The thread is archived.');
    addReaction(message, this.account, emoji);
  }

  unreact(message: Message, emoji: string): void {
    removeReaction(message, this.account, emoji);
  }

  /** Writes; opens an archived thread, as writing does. */
  say(channel: Channel, text: string, files: readonly (FakeFile | Uint8Array)[] = []): Message {
    this.#require(
      channel,
      permissionToSend(channel),
      ...(files.length > 0 ? (['AttachFiles'] as const) : []),
    );
    const folder = `/attachments/${channel.id}`;
    return post(this.#world, {
      channel,
      author: this.account,
      content: text,
      attachments: files.map((file) => this.#world.upload(folder, toFile(file) as FakeFile)),
      components: [],
      embeds: [],
      mentions: findMentions(channel, this.account, text, undefined),
    });
  }

  deleteMessage(message: Message): void {
    if (message.author !== this.account && !message.ephemeral)
      this.#require(message.channel, 'ManageMessages');
    remove(message);
  }

  #require(channel: Channel, ...needed: PermissionName[]): void {
    const bits = permissionsIn(channel, this.account);
    if (has(bits, 'ViewChannel', ...needed)) return;
    throw new ClientRefusal(`${this.account.username} may not ${needed.join(', ')} in ${channel.name}.`);
  }
}
