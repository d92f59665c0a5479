import {
  type AutocompleteInteraction,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  type CommandInteractionOption,
  type Interaction,
  LimitedCollection,
  type MessageContextMenuCommandInteraction,
  MessageFlags,
  type ModalSubmitInteraction,
  RESTJSONErrorCodes,
  ApplicationCommandOptionType as Type,
} from 'discord.js';
import type { Logger } from 'pino';
import type { Bot } from '../../bot/bot.ts';
import type { Message, OptionValue, Place } from '../../bot/chat.ts';
import { COMMANDS } from '../../bot/commands.ts';
import type { FormRequest } from '../../bot/forms.ts';
import { apology } from '../../bot/text.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { customId, readCustomId } from '../custom-id.ts';
import { attachmentOf, type DiscordFile } from './attachments.ts';
import { MESSAGE_COMMANDS } from './definition.ts';
import { chatError, isDiscordError } from './failures.ts';
import { filledIn, modalOf } from './modals.ts';
import { inviteLink } from './permissions.ts';
import { actorOfInteraction, PLATFORM, placeOfInteraction } from './places.ts';
import { type Answerable, Responder } from './responder.ts';

/**
 * Pictures that wait for the form of a message command, which can be sent again when it was refused; the oldest go
 * first. Discord keeps a form for 15 minutes.
 */
const MAX_HELD = 1000;
/** The action of the form that a message command opens; in place of a job it names the held picture. */
const STYLIZE_FORM = 'stylize-form';

/** What interactions need of the adapter. */
export interface InteractionContext {
  readonly bot: Bot;
  readonly get: typeof fetch;
  readonly log: Pick<Logger, 'info'>;
  /** Sends a message to a place, for answers that come too late for their interaction. */
  send(place: Place, message: Message, key: string): Promise<unknown>;
  /** What Discord says may be uploaded where the interaction comes from. */
  learnUploadLimit(server: string, bytes: number): void;
}

/** Turns Discord's interactions into the bot's events, and acknowledges each at once. */
export class Interactions {
  readonly #context: InteractionContext;
  readonly #held = new LimitedCollection<string, DiscordFile>({ maxSize: MAX_HELD });

  constructor(context: InteractionContext) {
    this.#context = context;
  }

  /** Settles when the interaction has been answered. */
  async handle(interaction: Interaction): Promise<void> {
    const place = placeOfInteraction(interaction);
    if (!place) return this.#invite(interaction);
    this.#context.learnUploadLimit(place.server, interaction.attachmentSizeLimit);
    if (interaction.isAutocomplete()) return this.#suggest(interaction, place);
    if (interaction.isChatInputCommand()) return this.#command(interaction, place);
    if (interaction.isMessageContextMenuCommand()) return this.#messageCommand(interaction, place);
    if (interaction.isButton()) return this.#button(interaction, place);
    if (interaction.isModalSubmit()) return this.#modal(interaction, place);
  }

  /** Of a server where only the commands were installed, Discord tells and permits nothing else. */
  async #invite(interaction: Interaction): Promise<void> {
    const { client, guildId: server } = interaction;
    this.#context.log.info({ server }, 'a command was used on a server that the bot is not in');
    if (interaction.isAutocomplete()) return interaction.respond([]);
    const link = inviteLink(client.application.id);
    await interaction.reply({
      content: `I am no member of this server, so I can paint nothing here: only my commands were installed. Invite me as a bot, too: ${link}`,
      flags: MessageFlags.Ephemeral,
    });
  }

  /** Acknowledges, has the event handled, and takes away the acknowledgement of what has no answer. */
  async #answered(
    interaction: Answerable,
    place: Place,
    handle: (reply: (message: Message) => Promise<void>) => Promise<void>,
    shared = false,
  ): Promise<void> {
    const responder = new Responder(interaction, async (message) => {
      const mention = message.mention ?? interaction.user.id;
      await this.#context.send(place, { ...message, mention }, `late-${interaction.id}`);
    });
    await responder.acknowledge(shared);
    await handle((message) => responder.reply(message));
    await responder.finish();
  }

  #command(interaction: ChatInputCommandInteraction, place: Place): Promise<void> {
    const subcommand = interaction.options.getSubcommand(false) ?? undefined;
    const { commandName: command } = interaction;
    const spec = COMMANDS.find(({ name }) => name === command);
    const called = spec?.subcommands?.find(({ name }) => name === subcommand) ?? spec;
    const data = interaction.options.data;
    const given = data[0]?.type === Type.Subcommand ? (data[0].options ?? []) : data;
    return this.#answered(
      interaction,
      place,
      (reply) =>
        this.#context.bot.command({
          actor: actorOfInteraction(interaction),
          place,
          command,
          ...(subcommand !== undefined && { subcommand }),
          options: Object.fromEntries(given.map((option) => [option.name, this.#valueOf(option)])),
          reply,
        }),
      called?.shared ?? false,
    );
  }

  #valueOf({ type, value, attachment }: CommandInteractionOption): OptionValue {
    if (type === Type.Attachment && attachment) return attachmentOf(attachment, this.#context.get);
    return value ?? '';
  }

  async #suggest(interaction: AutocompleteInteraction, place: Place): Promise<void> {
    const { name, value } = interaction.options.getFocused(true);
    const found = await this.#context.bot.suggest(
      interaction.commandName,
      name,
      String(value),
      interaction.user.id,
      place,
    );
    await interaction.respond(found.slice(0, 25).map((each) => ({ name: each, value: each })));
  }

  /** “Stylize this picture” opens a form; “Use as style” keeps the picture for the user's next command. */
  async #messageCommand(interaction: MessageContextMenuCommandInteraction, place: Place): Promise<void> {
    const { targetMessage } = interaction;
    const files = [...targetMessage.attachments.values()];
    const file = files.find(({ contentType }) => contentType?.startsWith('image/')) ?? files[0];
    if (!file) {
      await interaction.reply({
        content: 'There is no picture on this message. Choose one that has a picture attached.',
        flags: MessageFlags.Ephemeral,
      });
      return;
    }
    const actor = actorOfInteraction(interaction);
    if (interaction.commandName === MESSAGE_COMMANDS.use) {
      const options = { picture: attachmentOf(file, this.#context.get) };
      await this.#answered(interaction, place, (reply) =>
        this.#context.bot.command({ actor, place, command: 'styles', subcommand: 'use', options, reply }),
      );
      return;
    }
    const { name, size, url } = file;
    this.#held.set(interaction.id, { name, size, url });
    await this.#open(interaction, { form: 'stylize', actor, place }, customId(STYLIZE_FORM, interaction.id));
  }

  /** A form has to be the first answer, within three seconds, so it is made from what is at hand. */
  async #open(
    interaction: ButtonInteraction | MessageContextMenuCommandInteraction,
    request: FormRequest,
    id: string,
  ): Promise<void> {
    const form = await this.#context.bot.form(request);
    const say = (content: string) => interaction.reply({ content, flags: MessageFlags.Ephemeral });
    if (!('fields' in form)) {
      await say(form.text);
      return;
    }
    try {
      await interaction.showModal(modalOf(form, id));
    } catch (error) {
      if (isDiscordError(error, RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged)) return;
      const refused = chatError(error);
      if (refused instanceof ImpastoError) await say(apology(refused));
      throw refused;
    }
  }

  async #button(interaction: ButtonInteraction, place: Place): Promise<void> {
    const pressed = readCustomId(interaction.customId);
    if (!pressed) return;
    const { action, jobId } = pressed;
    const actor = actorOfInteraction(interaction);
    if (action === 'tweak') {
      await this.#open(interaction, { form: 'tweak', jobId, actor, place }, interaction.customId);
      return;
    }
    const message = { platform: PLATFORM, channel: interaction.channelId, message: interaction.message.id };
    await this.#answered(interaction, place, (reply) =>
      this.#context.bot.action({ actor, place, action, jobId, message, reply }),
    );
  }

  async #modal(interaction: ModalSubmitInteraction, place: Place): Promise<void> {
    const sent = readCustomId(interaction.customId);
    if (!sent) return;
    const { bot, get } = this.#context;
    const actor = actorOfInteraction(interaction);
    await this.#answered(interaction, place, async (reply) => {
      const options = filledIn(interaction.fields, get);
      if (sent.action !== STYLIZE_FORM) {
        const message = {
          platform: PLATFORM,
          channel: interaction.channelId ?? place.channel,
          message: interaction.message?.id ?? interaction.id,
        };
        return bot.action({ actor, place, action: sent.action, jobId: sent.jobId, message, options, reply });
      }
      const file = this.#held.get(sent.jobId);
      if (!file) {
        return reply({ text: 'I no longer have the picture of this form. Choose it anew.', private: true });
      }
      const content = attachmentOf(file, get);
      return bot.command({ actor, place, command: 'stylize', options: { content, ...options }, reply });
    });
  }
}
