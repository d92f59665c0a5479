import { ChannelType, type ThreadAutoArchiveDuration } from 'discord-api-types/v10';
import { Form, refusal } from '../errors.ts';
import type { Message } from '../model/message.ts';
import { has, permissionsIn } from '../permissions.ts';
import { directChannel, openThread } from '../speech.ts';
import { channelOf, messageOf, require } from './access.ts';
import { type Call, fields, param, type Route } from './call.ts';

const ARCHIVE_MINUTES: readonly unknown[] = [60, 1440, 4320, 10080];

function checkThread(body: Readonly<Record<string, unknown>>, form: Form): void {
  const { auto_archive_duration: minutes } = body;
  const good = minutes === undefined || ARCHIVE_MINUTES.includes(minutes);
  form.check(
    good,
    ['auto_archive_duration'],
    'BASE_TYPE_CHOICES',
    'Value must be one of {60, 1440, 4320, 10080}.',
  );
}

function startThread(call: Call, from?: Message): unknown {
  const channel = from?.channel ?? channelOf(call);
  if (channel.isThread || !channel.guild) throw refusal(50024);
  const body = fields(call);
  const isPrivate = !from && body.type !== ChannelType.PublicThread;
  require(call, channel, isPrivate ? 'CreatePrivateThreads' : 'CreatePublicThreads');
  const form = new Form();
  form.text(body.name, ['name'], 1, 100);
  checkThread(body, form);
  form.done();
  if (from?.thread) throw refusal(160004);
  const active = [...channel.guild.channels.values()].filter(({ thread }) => thread && !thread.archived);
  if (active.length >= call.world.options.activeThreads) throw refusal(160006);
  const opened = openThread(channel, {
    name: body.name as string,
    owner: call.world.bot,
    private: isPrivate,
    ...(from && { from }),
    ...(body.auto_archive_duration !== undefined && {
      autoArchiveMinutes: body.auto_archive_duration as ThreadAutoArchiveDuration,
    }),
  });
  return opened.threadPayload();
}

function changeChannel(call: Call): unknown {
  const channel = channelOf(call);
  const { world } = call;
  const body = fields(call);
  const { thread } = channel;
  const form = new Form();
  if (body.name !== undefined) form.text(body.name, ['name'], 1, 100);
  checkThread(body, form);
  form.done();
  if (!thread) {
    require(call, channel, 'ManageChannels');
    if (typeof body.name === 'string') channel.name = body.name;
    channel.announceUpdate();
    return channel.payload();
  }
  const manages = has(permissionsIn(channel, world.bot), 'ManageThreads');
  const owns = thread.owner === world.bot;
  const opening = body.archived === false;
  if (body.locked !== undefined && body.locked !== thread.locked && !manages) throw refusal(50013);
  if (thread.archived && !opening) throw refusal(50083);
  if (opening && thread.archived) {
    if (thread.locked && !manages) throw refusal(50013);
    require(call, channel, 'SendMessagesInThreads');
  } else if (!manages && !owns) {
    throw refusal(50013);
  }
  if (typeof body.name === 'string') channel.name = body.name;
  channel.setThread({
    ...(typeof body.archived === 'boolean' && { archived: body.archived }),
    ...(typeof body.locked === 'boolean' && { locked: body.locked }),
    ...(body.auto_archive_duration !== undefined && {
      autoArchiveMinutes: body.auto_archive_duration as ThreadAutoArchiveDuration,
    }),
  });
  return channel.payload();
}

function deleteChannel(call: Call): unknown {
  const channel = channelOf(call);
  if (!channel.guild) return channel.payload();
  require(call, channel, channel.isThread ? 'ManageThreads' : 'ManageChannels');
  const payload = channel.payload();
  channel.delete();
  return payload;
}

function joinThread(call: Call): void {
  const channel = channelOf(call);
  if (!channel.thread) throw refusal(50024);
  if (channel.thread.archived) throw refusal(50083);
  const who = param(call, 'user');
  const account = call.world.users.get(who === '@me' ? call.world.bot.id : who);
  if (!account) throw refusal(10013);
  if (account !== call.world.bot) require(call, channel, 'SendMessagesInThreads');
  channel.addThreadMember(account);
}

function leaveThread(call: Call): void {
  const channel = channelOf(call);
  if (!channel.thread) throw refusal(50024);
  channel.thread.members.delete(call.world.bot);
}

function openDirect(call: Call): unknown {
  const account = call.world.users.get(String(fields(call).recipient_id));
  if (!account || account === call.world.bot) throw refusal(50007);
  return directChannel(call.world, account).directPayload();
}

function type(call: Call): void {
  const channel = channelOf(call);
  require(call, channel, channel.isThread ? 'SendMessagesInThreads' : 'SendMessages');
  channel.typing.push(call.world.bot);
  call.world.changed();
}

export const channelRoutes: readonly Route[] = [
  { method: 'GET', path: '/channels/:channel', handle: (call) => channelOf(call).payload() },
  {
    method: 'PATCH',
    path: '/channels/:channel',
    // Changes of names are limited to two in ten minutes on Discord; opening and closing are not.
    handle: changeChannel,
  },
  { method: 'DELETE', path: '/channels/:channel', handle: deleteChannel },
  { method: 'POST', path: '/channels/:channel/typing', limit: { requests: 5, perMs: 5000 }, handle: type },
  {
    method: 'POST',
    path: '/channels/:channel/messages/:message/threads',
    handle: (call) => startThread(call, messageOf(call, channelOf(call))),
  },
  { method: 'POST', path: '/channels/:channel/threads', handle: (call) => startThread(call) },
  { method: 'PUT', path: '/channels/:channel/thread-members/:user', handle: joinThread },
  { method: 'DELETE', path: '/channels/:channel/thread-members/@me', handle: leaveThread },
  { method: 'POST', path: '/users/@me/channels', handle: openDirect },
];
