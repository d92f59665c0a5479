import { refusal } from '../errors.ts';
import { guildPermissions } from '../permissions.ts';
import { guildOf } from './access.ts';
import { param, type Route } from './call.ts';

export const guildRoutes: readonly Route[] = [
  { method: 'GET', path: '/guilds/:guild', handle: (call) => guildOf(call).payload() },
  {
    method: 'GET',
    path: '/guilds/:guild/channels',
    handle: (call) =>
      [...guildOf(call).channels.values()].filter((each) => !each.isThread).map((each) => each.payload()),
  },
  {
    method: 'GET',
    path: '/guilds/:guild/roles',
    handle: (call) => [...guildOf(call).roles.values()].map((role) => role.payload()),
  },
  {
    method: 'GET',
    path: '/guilds/:guild/members/:user',
    handle: (call) => {
      const guild = guildOf(call);
      const id = param(call, 'user');
      const member = guild.members.get(id === '@me' ? call.world.bot.id : id);
      if (!member) throw refusal(10007);
      return guild.memberPayload(member.account);
    },
  },
  {
    method: 'GET',
    path: '/users/@me/guilds',
    handle: ({ world }) =>
      [...world.guilds.values()]
        .filter(({ hasBot }) => hasBot)
        .map((guild) => ({
          id: guild.id,
          name: guild.name,
          icon: null,
          owner: guild.owner === world.bot,
          features: [],
          permissions: guildPermissions(guild, world.bot).toString(),
        })),
  },
  {
    method: 'DELETE',
    path: '/users/@me/guilds/:guild',
    handle: (call) => guildOf(call).kickBot(),
  },
];
