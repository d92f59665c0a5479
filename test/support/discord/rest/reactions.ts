import { refusal } from '../errors.ts';
import { has, permissionsIn } from '../permissions.ts';
import { addReaction, removeReaction } from '../speech.ts';
import { isEmoji } from '../validate/components.ts';
import { channelOf, messageOf, require, requireOpen } from './access.ts';
import { type Call, param, type Route } from './call.ts';

const REACTION = '/channels/:channel/messages/:message/reactions/:emoji';
/** One in a quarter of a second, as Discord has long had it. */
const LIMIT = { requests: 1, perMs: 250 };

function place(call: Call) {
  const channel = channelOf(call, 'ReadMessageHistory');
  const emoji = param(call, 'emoji');
  const message = messageOf(call, channel);
  if (!isEmoji(emoji)) throw refusal(10014);
  return { channel, message, emoji };
}

export const reactionRoutes: readonly Route[] = [
  {
    method: 'PUT',
    path: `${REACTION}/@me`,
    limit: LIMIT,
    handle: (call) => {
      const { channel, message, emoji } = place(call);
      requireOpen(channel);
      // Whoever may not add may still join a reaction that is there.
      if (!message.reactions.has(emoji)) require(call, channel, 'AddReactions');
      addReaction(message, call.world.bot, emoji);
    },
  },
  {
    method: 'DELETE',
    path: `${REACTION}/@me`,
    limit: LIMIT,
    handle: (call) => {
      const { channel, message, emoji } = place(call);
      requireOpen(channel);
      removeReaction(message, call.world.bot, emoji);
    },
  },
  {
    method: 'DELETE',
    path: `${REACTION}/:user`,
    limit: LIMIT,
    handle: (call) => {
      const { channel, message, emoji } = place(call);
      const account = call.world.users.get(param(call, 'user'));
      if (!account) throw refusal(10013);
      if (!has(permissionsIn(channel, call.world.bot), 'ManageMessages')) throw refusal(50013);
      requireOpen(channel);
      removeReaction(message, account, emoji);
    },
  },
  {
    method: 'GET',
    path: REACTION,
    handle: (call) => {
      const { message, emoji } = place(call);
      return (message.reactions.get(emoji) ?? []).map((account) => account.payload());
    },
  },
];
