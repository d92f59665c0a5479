import {
  type APIApplicationCommand,
  ApplicationCommandType,
  ApplicationFlags,
  GatewayIntentBits,
} from 'discord-api-types/v10';
import { refusal } from '../errors.ts';
import { checkCommands } from '../validate/commands.ts';
import type { World } from '../world.ts';
import { guildOf } from './access.ts';
import { type Call, param, type Route } from './call.ts';

function application({ bot, applicationId, guilds, options }: World) {
  return {
    id: applicationId,
    name: bot.username,
    icon: null,
    description: '',
    summary: '',
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    // Bits of applications in few servers that were granted the privileged intents.
    flags:
      ((options.grantedIntents & GatewayIntentBits.MessageContent) !== 0
        ? ApplicationFlags.GatewayMessageContentLimited
        : 0) |
      ((options.grantedIntents & GatewayIntentBits.GuildMembers) !== 0
        ? ApplicationFlags.GatewayGuildMembersLimited
        : 0),
    bot: bot.payload(),
    owner: { id: '1', username: 'operator', discriminator: '0', avatar: null, global_name: null },
    team: null,
    approximate_guild_count: [...guilds.values()].filter(({ hasBot }) => hasBot).length,
  };
}

/** The commands' place: a guild, or everywhere. */
function placeOf(call: Call): string {
  if (param(call, 'application') !== call.world.applicationId) throw refusal(50001);
  return call.params.guild === undefined ? '' : guildOf(call).id;
}

function replaceCommands(call: Call): unknown {
  const { world } = call;
  const place = placeOf(call);
  const before = world.commands.get(place) ?? [];
  const after = checkCommands(call.body).map((definition): APIApplicationCommand => {
    const { type = ApplicationCommandType.ChatInput, name } = definition;
    const same = before.find((each) => each.name === name && each.type === type);
    return {
      default_member_permissions: null,
      nsfw: false,
      contexts: null,
      ...definition,
      description: 'description' in definition ? (definition.description ?? '') : '',
      id: same?.id ?? world.clock.snowflake(),
      application_id: world.applicationId,
      type,
      version: world.clock.snowflake(),
      ...(place && { guild_id: place }),
    } as APIApplicationCommand;
  });
  world.commands.set(place, after);
  world.changed();
  return after;
}

const COMMANDS = ['/applications/:application/commands', '/applications/:application/guilds/:guild/commands'];

export const applicationRoutes = (gatewayUrl: () => string, shards: number): readonly Route[] => [
  {
    method: 'GET',
    path: '/gateway/bot',
    handle: () => ({
      url: gatewayUrl(),
      shards,
      // A large concurrency spares tests the five seconds between the identifications of two shards.
      session_start_limit: { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 16 },
    }),
  },
  { method: 'GET', path: '/users/@me', handle: ({ world }) => world.bot.payload() },
  {
    method: 'GET',
    path: '/users/:user',
    handle: (call) => {
      const account = call.world.users.get(param(call, 'user'));
      if (!account) throw refusal(10013);
      return account.payload();
    },
  },
  { method: 'GET', path: '/applications/@me', handle: ({ world }) => application(world) },
  { method: 'GET', path: '/oauth2/applications/@me', handle: ({ world }) => application(world) },
  ...COMMANDS.flatMap((path): Route[] => [
    { method: 'GET', path, handle: (call) => call.world.commands.get(placeOf(call)) ?? [] },
    { method: 'PUT', path, handle: replaceCommands },
  ]),
];
