import {
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  type MessageContextMenuCommandInteraction,
  MessageFlags,
  type ModalSubmitInteraction,
  RESTJSONErrorCodes,
} from 'discord.js';
import type { Message } from '../../bot/chat.ts';
import { apology } from '../../bot/text.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { chatError, isDiscordError, isExpired } from './failures.ts';
import { render } from './render.ts';

/** Interactions that are answered with a message. */
export type Answerable =
  | ButtonInteraction
  | ChatInputCommandInteraction
  | MessageContextMenuCommandInteraction
  | ModalSubmitInteraction;

/**
 * Answers an interaction. The acknowledgement goes out at once, before anything is known of the answer; what Discord
 * then shows to whom cannot be changed any more, so commands whose answers are for everybody say so beforehand.
 * Discord forgets an interaction after 15 minutes: what comes later is sent as an ordinary message.
 */
export class Responder {
  readonly #interaction: Answerable;
  readonly #late: (message: Message) => Promise<void>;
  #answered = false;

  /** @param late - sends an answer that the interaction no longer takes. */
  constructor(interaction: Answerable, late: (message: Message) => Promise<void>) {
    this.#interaction = interaction;
    this.#late = late;
  }

  /** Has to be called within three seconds of the event. */
  async acknowledge(shared: boolean): Promise<void> {
    const interaction = this.#interaction;
    try {
      if (interaction.isButton()) await interaction.deferUpdate();
      else await interaction.deferReply(shared ? {} : { flags: MessageFlags.Ephemeral });
    } catch (error) {
      // The answer to the first try was lost on its way, so discord.js has sent another.
      if (!isDiscordError(error, RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged)) throw error;
      interaction.deferred = true;
    }
  }

  /** @throws ImpastoError what Discord refused; whoever asked has been told so. */
  async reply(message: Message): Promise<void> {
    const first = !this.#answered;
    this.#answered = true;
    try {
      await this.#send(message, first);
    } catch (error) {
      if (isExpired(error)) return this.#late(message);
      const refused = chatError(error);
      if (refused instanceof ImpastoError) await this.#send({ text: apology(refused), private: true }, first);
      throw refused;
    }
  }

  /** Takes the acknowledgement away when there was nothing to answer: what was asked for is told elsewhere. */
  async finish(): Promise<void> {
    if (this.#answered || this.#interaction.isButton()) return;
    await this.#interaction.deleteReply();
  }

  async #send(message: Message, first: boolean): Promise<void> {
    const { body, files } = render(message);
    const interaction = this.#interaction;
    const payload = {
      content: body.content ?? '',
      allowedMentions: { parse: [] as const, users: body.allowed_mentions?.users ?? [] },
      components: body.components as never,
      files: files.map(({ data, name }, index) => ({
        attachment: data as Buffer,
        name,
        description: message.picture && index === 0 ? message.picture.alt : '',
      })),
    };
    if (first && !interaction.isButton()) await interaction.editReply(payload as never);
    else {
      const flags = message.private ? { flags: MessageFlags.Ephemeral as const } : {};
      await interaction.followUp({ ...payload, ...flags } as never);
    }
  }
}
