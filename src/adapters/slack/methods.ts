/** What is to be known of a method of Slack's Web API. */
export interface MethodFacts {
  /** Calls a minute and workspace that its tier permits (https://docs.slack.dev/apis/web-api/rate-limits/). */
  readonly perMinute: number;
  /** Bot scopes that it needs: all of them, for the kinds of channels that the bot is in. */
  readonly scopes: readonly string[];
}

const TIER2 = 20;
const TIER3 = 50;
const TIER4 = 100;
/** chat.postMessage has a tier of its own: about one a second, of each channel. */
const POSTING = 60;

const HISTORY = ['channels:history', 'groups:history', 'im:history'];

/** Every method that the bot calls with its own token; nothing else can be called. */
export const METHODS = {
  'auth.test': { perMinute: TIER4, scopes: [] },
  'chat.delete': { perMinute: TIER3, scopes: ['chat:write'] },
  'chat.postEphemeral': { perMinute: TIER4, scopes: ['chat:write'] },
  'chat.postMessage': { perMinute: POSTING, scopes: ['chat:write'] },
  'chat.update': { perMinute: TIER3, scopes: ['chat:write'] },
  'conversations.history': { perMinute: TIER3, scopes: HISTORY },
  'conversations.info': { perMinute: TIER3, scopes: ['channels:read', 'groups:read', 'im:read'] },
  'conversations.open': { perMinute: TIER3, scopes: ['im:write'] },
  'conversations.replies': { perMinute: TIER3, scopes: HISTORY },
  'files.completeUploadExternal': { perMinute: TIER4, scopes: ['files:write'] },
  'files.delete': { perMinute: TIER3, scopes: ['files:write'] },
  'files.getUploadURLExternal': { perMinute: TIER4, scopes: ['files:write'] },
  'reactions.add': { perMinute: TIER3, scopes: ['reactions:write'] },
  'usergroups.list': { perMinute: TIER2, scopes: ['usergroups:read'] },
  'users.info': { perMinute: TIER4, scopes: ['users:read'] },
  'views.open': { perMinute: TIER4, scopes: [] },
  'views.update': { perMinute: TIER4, scopes: [] },
} as const satisfies Record<string, MethodFacts>;

export type MethodName = keyof typeof METHODS;

/** Events that the bot listens to, and the scope that each needs. */
export const EVENTS = {
  app_mention: 'app_mentions:read',
  app_uninstalled: undefined,
  'message.im': 'im:history',
  reaction_added: 'reactions:read',
} as const;

export const COMMAND = '/stylize';

/** Message shortcuts: their callback ids and names. */
export const SHORTCUTS = {
  'stylize-picture': 'Stylize this picture',
  'use-as-style': 'Use as style',
} as const;

/** Every scope that something needs. `files:read` is for downloads, `commands` for the command and the shortcuts. */
export const SCOPES: readonly string[] = [
  ...new Set<string>([
    'commands',
    'files:read',
    ...Object.values(METHODS).flatMap(({ scopes }) => scopes),
    ...Object.values(EVENTS).flatMap((scope) => scope ?? []),
  ]),
].sort();
