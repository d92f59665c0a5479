import { randomBytes } from 'node:crypto';
import {
  type APIApplicationCommandOptionChoice,
  type APIInteraction,
  type APIMessageInteractionMetadata,
  type APIModalInteractionResponseCallbackData,
  ApplicationIntegrationType,
  GatewayDispatchEvents,
  InteractionContextType,
  type InteractionResponseType,
  InteractionType,
  Locale,
} from 'discord-api-types/v10';
import type { Account } from './model/account.ts';
import type { Channel } from './model/channel.ts';
import type { Message } from './model/message.ts';
import { permissionsIn } from './permissions.ts';
import type { World } from './world.ts';

/** An interaction that is not acknowledged by then is dead. */
export const ACKNOWLEDGE_MS = 3000;
/** A token that is older is worth nothing. */
export const TOKEN_MS = 15 * 60_000;

/** A form that the bot has opened for someone. */
export interface Modal {
  readonly interaction: Interaction;
  readonly data: APIModalInteractionResponseCallbackData;
}

/** What an interaction is about; the platform adds the rest. */
export interface InteractionStart {
  readonly type: Exclude<InteractionType, InteractionType.Ping>;
  readonly data: unknown;
  readonly channel: Channel;
  readonly user: Account;
  /** The message that the component is on. */
  readonly message?: Message | undefined;
  /** The interaction that opened the form. */
  readonly cause?: Interaction | undefined;
}

/** Something that a user did with the bot, as the user sees it go on. */
export class Interaction {
  readonly id: string;
  readonly token: string;
  readonly type: InteractionStart['type'];
  readonly user: Account;
  readonly channel: Channel;
  /** The message that the component is on. */
  readonly message: Message | undefined;
  readonly cause: Interaction | undefined;
  readonly createdAt: number;
  /** What the bot has answered with, oldest first; those that only the user sees among them. */
  readonly replies: Message[] = [];
  /** How it was acknowledged; undefined as long as it was not. */
  acknowledgement: InteractionResponseType | undefined;
  acknowledgedAfterMs: number | undefined;
  /** The message that `@original` means. */
  original: Message | undefined;
  modal: Modal | undefined;
  suggestions: readonly APIApplicationCommandOptionChoice[] | undefined;
  readonly #world: World;

  constructor(world: World, start: InteractionStart) {
    this.#world = world;
    this.id = world.clock.snowflake();
    this.token = randomBytes(48).toString('base64url');
    this.createdAt = world.clock.now();
    this.type = start.type;
    this.user = start.user;
    this.channel = start.channel;
    this.message = start.message;
    this.cause = start.cause;
    world.interactions.set(this.id, this);
    world.tokens.set(this.token, this);
  }

  get age(): number {
    return this.#world.clock.now() - this.createdAt;
  }

  /** Settles with the first answer that says something. */
  async reply(index = 0): Promise<Message> {
    return this.#world.until(() => this.replies.filter(({ loading }) => !loading)[index]);
  }

  /** Settles with the form that the bot opened. */
  async openedModal(): Promise<Modal> {
    return this.#world.until(() => this.modal);
  }

  /** Settles when the bot has acknowledged; fails like the client does when it has not in time. */
  async acknowledged(): Promise<this> {
    let dead = false;
    const cancel = this.#world.clock.after(ACKNOWLEDGE_MS - this.age, () => {
      dead = true;
      this.#world.changed();
    });
    try {
      await this.#world.until(() => this.acknowledgement !== undefined || dead);
    } finally {
      cancel();
    }
    if (this.acknowledgement !== undefined) return this;
    this.#world.violate(`interaction: not acknowledged within ${ACKNOWLEDGE_MS} ms`);
    throw new Error('The application did not respond');
  }

  /** What a message says of the interaction that it answers. */
  metadata(): APIMessageInteractionMetadata {
    const base = {
      id: this.id,
      user: this.user.payload(),
      authorizing_integration_owners: this.#owners,
    };
    switch (this.type) {
      case InteractionType.MessageComponent:
        return { ...base, type: this.type, interacted_message_id: this.message?.id ?? '' };
      case InteractionType.ModalSubmit: {
        const cause = this.cause?.metadata() as never;
        return { ...base, type: this.type, triggering_interaction_metadata: cause };
      }
      default:
        return { ...base, type: InteractionType.ApplicationCommand };
    }
  }

  /** Tells the bot. */
  send(data: unknown): void {
    const d = this.#payload(data);
    this.#world.dispatch(
      { t: GatewayDispatchEvents.InteractionCreate, d },
      { guild: this.channel.guild, channel: this.channel },
    );
  }

  get #owners(): Partial<Record<ApplicationIntegrationType, string>> {
    return { [ApplicationIntegrationType.GuildInstall]: this.channel.guild?.id ?? '0' };
  }

  #payload(data: unknown): APIInteraction {
    const { channel, user, message } = this;
    const { guild } = channel;
    const world = this.#world;
    const payload = {
      id: this.id,
      application_id: world.applicationId,
      type: this.type,
      token: this.token,
      version: 1,
      data,
      channel: channel.payload(),
      channel_id: channel.id,
      app_permissions: permissionsIn(channel, world.bot).toString(),
      locale: Locale.EnglishUS,
      entitlements: [],
      authorizing_integration_owners: this.#owners,
      context: guild ? InteractionContextType.Guild : InteractionContextType.BotDM,
      attachment_size_limit: channel.uploadLimit,
      ...(message && { message: message.payload() }),
      ...(guild
        ? {
            guild_id: guild.id,
            guild: { id: guild.id, features: [], locale: Locale.EnglishUS },
            guild_locale: Locale.EnglishUS,
            member: {
              ...guild.memberPayload(user),
              permissions: permissionsIn(channel, user).toString(),
            },
          }
        : { user: user.payload() }),
    };
    return payload as unknown as APIInteraction;
  }
}
