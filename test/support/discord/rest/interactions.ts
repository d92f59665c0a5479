import {
  InteractionResponseType as Answer,
  InteractionType,
  MessageFlags,
  MessageType,
} from 'discord-api-types/v10';
import { invalid, refusal } from '../errors.ts';
import { ACKNOWLEDGE_MS, type Interaction, TOKEN_MS } from '../interaction.ts';
import { findMentions } from '../mentions.ts';
import { Message, type MessageStart } from '../model/message.ts';
import { post, remove } from '../speech.ts';
import { attach, type MessageForm, readMessageForm } from '../validate/message.ts';
import { checkModal, checkSuggestions } from '../validate/modal.ts';
import type { World } from '../world.ts';
import { type Call, fields, param, type Route } from './call.ts';
import { applyEdit, readFlags, requireContent } from './messages.ts';

const SENDABLE = MessageFlags.Ephemeral | MessageFlags.SuppressEmbeds | MessageFlags.SuppressNotifications;

/** What may be answered to what. */
const ANSWERS: Readonly<Record<Interaction['type'], readonly Answer[]>> = {
  [InteractionType.ApplicationCommand]: [
    Answer.ChannelMessageWithSource,
    Answer.DeferredChannelMessageWithSource,
    Answer.Modal,
  ],
  [InteractionType.MessageComponent]: [
    Answer.ChannelMessageWithSource,
    Answer.DeferredChannelMessageWithSource,
    Answer.DeferredMessageUpdate,
    Answer.UpdateMessage,
    Answer.Modal,
  ],
  [InteractionType.ApplicationCommandAutocomplete]: [Answer.ApplicationCommandAutocompleteResult],
  [InteractionType.ModalSubmit]: [
    Answer.ChannelMessageWithSource,
    Answer.DeferredChannelMessageWithSource,
    Answer.DeferredMessageUpdate,
    Answer.UpdateMessage,
  ],
};

function acknowledge(call: Call): unknown {
  const { world } = call;
  const interaction = world.interactions.get(param(call, 'interaction'));
  if (!interaction || interaction.token !== param(call, 'token')) throw refusal(10062);
  if (interaction.acknowledgement !== undefined) {
    world.violate(`interaction ${interaction.id}: acknowledged twice`);
    throw refusal(40060);
  }
  if (interaction.age > ACKNOWLEDGE_MS) {
    world.violate(`interaction ${interaction.id}: answered after ${interaction.age} ms`);
    throw refusal(10062);
  }
  const body = fields(call);
  const type = body.type as Answer;
  const changes = type === Answer.DeferredMessageUpdate || type === Answer.UpdateMessage;
  if (!ANSWERS[interaction.type].includes(type) || (changes && !interaction.message)) {
    throw invalid(
      ['type'],
      'INTERACTION_CALLBACK_TYPE_INVALID',
      `${type} does not answer ${interaction.type}.`,
    );
  }
  perform(call, interaction, type, body.data);
  interaction.acknowledgement = type;
  interaction.acknowledgedAfterMs = interaction.age;
  world.changed();
  if (call.query.get('with_response') !== 'true') return undefined;
  const { original } = interaction;
  return {
    interaction: {
      id: interaction.id,
      type: interaction.type,
      response_message_id: original?.id,
      response_message_loading: original?.loading ?? false,
      response_message_ephemeral: original?.ephemeral ?? false,
    },
    resource: { type, ...(original && { message: original.payload() }) },
  };
}

function perform(call: Call, interaction: Interaction, type: Answer, data: unknown): void {
  const { channel, message } = interaction;
  const body = (data ?? {}) as Record<string, unknown>;
  switch (type) {
    case Answer.ChannelMessageWithSource:
      interaction.original = say(call, interaction, readMessageForm(body, call.files, channel.uploadLimit));
      break;
    case Answer.DeferredChannelMessageWithSource: {
      const flags = readFlags(body.flags as number | undefined, SENDABLE) | MessageFlags.Loading;
      const nothing = { content: '', attachments: [], components: [], embeds: [] };
      interaction.original = put(call.world, interaction, { ...nothing, flags });
      break;
    }
    case Answer.UpdateMessage: {
      const form = readMessageForm(body, call.files, channel.uploadLimit);
      if (!message || message.deleted) throw refusal(10008);
      applyEdit(call.world, message, form, folderOf(message));
      interaction.original = message;
      break;
    }
    case Answer.DeferredMessageUpdate:
      interaction.original = message;
      break;
    case Answer.ApplicationCommandAutocompleteResult:
      interaction.suggestions = checkSuggestions(data);
      break;
    case Answer.Modal:
      interaction.modal = { interaction, data: checkModal(data) };
      break;
    default:
      throw invalid(['type'], 'BASE_TYPE_CHOICES', `Unknown type ${type}.`);
  }
}

/** Answers need no permission in the channel, since the user asked for them. */
function say(call: Call, interaction: Interaction, form: MessageForm, followUp = false): Message {
  const { content = '', embeds = [], components = [] } = form;
  requireContent(content, [...form.files.keys()], embeds, components);
  const { channel } = interaction;
  const flags = readFlags(form.flags, SENDABLE);
  const ephemeral = (flags & MessageFlags.Ephemeral) !== 0;
  return put(
    call.world,
    interaction,
    {
      content,
      embeds,
      components,
      flags,
      attachments: attach(call.world, folder(channel.id, ephemeral), form),
      mentions: findMentions(channel, call.world.bot, content, form.allowed),
    },
    followUp,
  );
}

function folder(channelId: string, ephemeral: boolean): string {
  return `/${ephemeral ? 'ephemeral-' : ''}attachments/${channelId}`;
}

function folderOf({ channel, ephemeral }: Message): string {
  return folder(channel.id, ephemeral);
}

function put(
  world: World,
  interaction: Interaction,
  start: Omit<MessageStart, 'channel' | 'author' | 'interaction' | 'type'>,
  followUp = false,
): Message {
  const { channel, original, message: pressed } = interaction;
  if (channel.deleted) throw refusal(10003);
  const target = followUp ? original : pressed;
  const type =
    interaction.type === InteractionType.ApplicationCommand && !followUp
      ? MessageType.ChatInputCommand
      : target
        ? MessageType.Reply
        : MessageType.Default;
  const whole: MessageStart = {
    ...start,
    channel,
    author: world.bot,
    type,
    interaction: interaction.metadata(),
    ...(target && { reference: { channelId: channel.id, message: target } }),
  };
  const ephemeral = ((start.flags ?? 0) & MessageFlags.Ephemeral) !== 0;
  // What one user alone sees is not among the channel's messages.
  const message = ephemeral ? new Message(world, whole) : post(world, whole);
  interaction.replies.push(message);
  world.changed();
  return message;
}

/** The interaction whose token the address carries. */
function interactionOf(call: Call): Interaction {
  const { world } = call;
  const interaction = world.tokens.get(param(call, 'token'));
  if (!interaction || param(call, 'application') !== world.applicationId) throw refusal(10015);
  if (interaction.age > TOKEN_MS) throw refusal(50027);
  if (interaction.acknowledgement === undefined) throw refusal(10015);
  return interaction;
}

function messageOf(call: Call, interaction: Interaction): Message {
  const id = param(call, 'message');
  const { original, replies } = interaction;
  const found = id === '@original' ? original : [original, ...replies].find((each) => each?.id === id);
  if (!found || found.deleted) throw refusal(10008);
  if (found.channel.deleted) throw refusal(10003);
  return found;
}

function followUp(call: Call): unknown {
  const interaction = interactionOf(call);
  const { original, channel } = interaction;
  const form = readMessageForm(fields(call), call.files, channel.uploadLimit);
  if (original?.loading && !original.deleted) {
    // The first follow-up takes the place of "thinking", and is seen by the same people.
    applyEdit(call.world, original, form, folderOf(original));
    return original.payload();
  }
  return say(call, interaction, form, true).payload();
}

function changeReply(call: Call): unknown {
  const interaction = interactionOf(call);
  const message = messageOf(call, interaction);
  if (message.channel.thread?.archived) throw refusal(50083);
  const form = readMessageForm(fields(call), call.files, message.channel.uploadLimit);
  applyEdit(call.world, message, form, folderOf(message));
  return message.payload();
}

const WEBHOOK = '/webhooks/:application/:token';
const LIMIT = { requests: 5, perMs: 2000 };

export const interactionRoutes: readonly Route[] = [
  { method: 'POST', path: '/interactions/:interaction/:token/callback', open: true, handle: acknowledge },
  { method: 'POST', path: WEBHOOK, open: true, limit: LIMIT, handle: followUp },
  {
    method: 'GET',
    path: `${WEBHOOK}/messages/:message`,
    open: true,
    handle: (call) => messageOf(call, interactionOf(call)).payload(),
  },
  { method: 'PATCH', path: `${WEBHOOK}/messages/:message`, open: true, limit: LIMIT, handle: changeReply },
  {
    method: 'DELETE',
    path: `${WEBHOOK}/messages/:message`,
    open: true,
    handle: (call) => remove(messageOf(call, interactionOf(call))),
  },
];
