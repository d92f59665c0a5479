import { GatewayIntentBits, MessageFlags, MessageType } from 'discord-api-types/v10';
import { timeOf } from '../clock.ts';
import { invalid, Refusal, refusal } from '../errors.ts';
import { findMentions } from '../mentions.ts';
import type { Channel } from '../model/channel.ts';
import { isExempt, type Message, withoutContent } from '../model/message.ts';
import { has, permissionsIn, permissionToSend } from '../permissions.ts';
import { edit, post, remove } from '../speech.ts';
import { attach, type MessageForm, readMessageForm } from '../validate/message.ts';
import type { World } from '../world.ts';
import { channelOf, messageOf, require, requireOpen } from './access.ts';
import { type Call, fields, type Route } from './call.ts';

const HOUR_MS = 3600_000;
/** Discord does not say; people who met the limit measured about this. */
const OLD_EDITS_MS = 20_000;
const NONCE_MS = 5 * 60_000;
const SENDABLE = MessageFlags.SuppressEmbeds | MessageFlags.SuppressNotifications;

/** The message as REST shows it, which hides what others write just as the gateway does. */
export function shown(world: World, message: Message) {
  const hidden =
    (world.options.grantedIntents & GatewayIntentBits.MessageContent) === 0 && !isExempt(message);
  return hidden ? withoutContent(message.payload()) : message.payload();
}

/** A message says something: text, a file or an embed. */
export function requireContent(content: string, ...lists: readonly { readonly length: number }[]): void {
  if (content.trim() === '' && lists.every(({ length }) => length === 0)) throw refusal(50006);
}

/** Refuses flags that a message of this kind cannot have. */
export function readFlags(flags: number | undefined, permitted: number): number {
  if (((flags ?? 0) & ~permitted) !== 0) {
    throw invalid(['flags'], 'MESSAGE_FLAGS_INVALID', `Only the flags ${permitted} may be set.`);
  }
  return flags ?? 0;
}

function send(call: Call): unknown {
  const { world } = call;
  const channel = channelOf(call);
  const { bot } = world;
  if (!channel.guild) requireDirect(channel);
  require(call, channel, permissionToSend(channel));
  if (channel.thread?.locked && channel.thread.archived) {
    if (!has(permissionsIn(channel, bot), 'ManageThreads')) throw refusal(50083);
  }
  const form = readMessageForm(fields(call), call.files, channel.uploadLimit);
  if (form.files.size > 0) require(call, channel, 'AttachFiles');
  const { content = '', embeds = [], components = [], nonce } = form;
  const flags = readFlags(form.flags, SENDABLE);
  if (nonce !== undefined && form.enforceNonce) {
    const first = channel.history.find(
      (each) => each.author === bot && each.nonce === nonce && world.clock.now() - timeOf(each.id) < NONCE_MS,
    );
    if (first) return first.payload();
  }
  const repliedTo = findReference(call, channel, form);
  requireContent(content, [...form.files.keys()], embeds, components);
  const message = post(world, {
    channel,
    author: bot,
    content,
    embeds,
    components,
    attachments: attach(world, `/attachments/${channel.id}`, form),
    flags,
    nonce,
    mentions: findMentions(channel, bot, content, form.allowed, repliedTo),
    ...(repliedTo && { type: MessageType.Reply, reference: { channelId: channel.id, message: repliedTo } }),
  });
  return message.payload();
}

/** A user may refuse direct messages, or share no server with the bot any more. */
function requireDirect({ recipients, world }: Channel): void {
  const user = recipients.find((each) => each !== world.bot);
  const shared = [...world.guilds.values()].some(
    ({ members, hasBot }) => hasBot && user !== undefined && members.has(user.id),
  );
  if (!shared || !user?.takesDirectMessages) throw refusal(50007);
}

function findReference(call: Call, channel: Channel, { reference }: MessageForm): Message | undefined {
  if (!reference) return undefined;
  const message = channel.find(reference.messageId);
  if (!message && reference.mustExist) {
    throw invalid(['message_reference'], 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message');
  }
  if (!has(permissionsIn(channel, call.world.bot), 'ReadMessageHistory')) throw refusal(160002);
  return message;
}

function change(call: Call): unknown {
  const { world } = call;
  const channel = channelOf(call);
  const message = messageOf(call, channel);
  requireOpen(channel);
  if (message.author !== world.bot) throw refusal(50005);
  if (message.type !== MessageType.Default && message.type < MessageType.Reply) throw refusal(50021);
  const form = readMessageForm(fields(call), call.files, channel.uploadLimit);
  if (form.files.size > 0) require(call, channel, 'AttachFiles');
  countOldEdit(world, message);
  applyEdit(world, message, form, `/attachments/${channel.id}`);
  return message.payload();
}

/** Changes what the form mentions, and leaves the rest. */
export function applyEdit(world: World, message: Message, form: MessageForm, folder: string): void {
  const attachments = attach(world, folder, form, message.attachments);
  const {
    content = message.content,
    embeds = message.embeds,
    components = message.components,
    flags = message.flags & SENDABLE,
  } = form;
  requireContent(content, attachments, embeds, components);
  message.mentions = findMentions(message.channel, message.author, content, form.allowed);
  const kept = message.flags & ~(SENDABLE | MessageFlags.Loading);
  edit(message, { content, embeds, components, attachments }, kept | (flags & MessageFlags.SuppressEmbeds));
}

/** Messages older than an hour take few edits; the answer is a 429 with a code of its own. */
function countOldEdit(world: World, message: Message): void {
  const now = world.clock.now();
  if (now - timeOf(message.id) < HOUR_MS) return;
  const { limit, status } = world.options.oldEdits;
  const { oldEdits } = message.channel;
  const recent = oldEdits.filter((at) => now - at < OLD_EDITS_MS);
  oldEdits.splice(0, oldEdits.length, ...recent);
  if (recent.length >= limit) {
    const words = 'Maximum number of edits to messages older than 1 hour reached. Try again later.';
    const retryAfter = ((recent[0] ?? now) + OLD_EDITS_MS - now) / 1000;
    throw new Refusal(status, 30046, words, status === 429 ? { retryAfter } : {});
  }
  oldEdits.push(now);
}

function erase(call: Call): void {
  const channel = channelOf(call);
  const message = messageOf(call, channel);
  if (message.author !== call.world.bot) require(call, channel, 'ManageMessages');
  requireOpen(channel);
  remove(message);
}

function list(call: Call): unknown {
  const channel = channelOf(call);
  // Without the permission there is no error, only nothing to see.
  if (!has(permissionsIn(channel, call.world.bot), 'ReadMessageHistory')) return [];
  const limit = Number(call.query.get('limit') ?? 50);
  if (!(limit >= 1 && limit <= 100)) throw invalid(['limit'], 'NUMBER_TYPE_MAX', 'Must be from 1 to 100.');
  const [before, after] = [call.query.get('before'), call.query.get('after')];
  const found = channel.history.filter(
    ({ id, deleted }) =>
      !deleted && (!before || BigInt(id) < BigInt(before)) && (!after || BigInt(id) > BigInt(after)),
  );
  const page = after ? found.slice(0, limit) : found.slice(-limit);
  return page.reverse().map((message) => shown(call.world, message));
}

const MESSAGES = '/channels/:channel/messages';

export const messageRoutes: readonly Route[] = [
  { method: 'GET', path: MESSAGES, handle: list },
  { method: 'POST', path: MESSAGES, limit: { requests: 5, perMs: 5000 }, handle: send },
  {
    method: 'GET',
    path: `${MESSAGES}/:message`,
    handle: (call) => shown(call.world, messageOf(call, channelOf(call, 'ReadMessageHistory'))),
  },
  { method: 'PATCH', path: `${MESSAGES}/:message`, limit: { requests: 5, perMs: 5000 }, handle: change },
  { method: 'DELETE', path: `${MESSAGES}/:message`, limit: { requests: 5, perMs: 1000 }, handle: erase },
];
