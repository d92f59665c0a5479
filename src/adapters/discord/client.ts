import { Client, GatewayIntentBits, Options, Partials } from 'discord.js';
import { type Shards, shardOptions, shareOf } from './shards.ts';

/** Options of {@link createClient}. */
export interface ClientOptions {
  readonly shards: Shards;
  /** Base address of the API, for a proxy; Discord's own by default. */
  readonly api?: string;
}

/**
 * Discord permits 50 in any second; discord.js counts from second to second, and twice this may fall into one. What is
 * refused counts towards a ban.
 */
const REQUESTS_PER_SECOND = 25;
/** A member's roles come with each event; more than a few need not be remembered. */
const REMEMBERED_MEMBERS = 200;

/**
 * discord.js with the least that the bot needs: no privileged intent, no messages in memory. Partials, because most
 * reactions are on messages that it does not remember.
 */
export function createClient({ shards, api }: ClientOptions): Client {
  return new Client({
    ...shardOptions(shards),
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessageReactions,
      GatewayIntentBits.DirectMessageReactions,
    ],
    partials: [Partials.Message, Partials.Reaction, Partials.Channel, Partials.User, Partials.GuildMember],
    allowedMentions: { parse: [] },
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      ReactionManager: 0,
      ReactionUserManager: 0,
      PresenceManager: 0,
      VoiceStateManager: 0,
      GuildMemberManager: {
        maxSize: REMEMBERED_MEMBERS,
        keepOverLimit: (member) => member.id === member.client.user.id,
      },
      UserManager: {
        maxSize: REMEMBERED_MEMBERS,
        keepOverLimit: (user) => user.id === user.client.user.id,
      },
    }),
    rest: {
      // All processes together have one limit.
      globalRequestsPerSecond: Math.max(1, Math.floor(REQUESTS_PER_SECOND * shareOf(shards))),
      ...(api !== undefined && { api }),
    },
  });
}
