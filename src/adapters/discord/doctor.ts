import {
  type APIApplication,
  type APIGuild,
  type APIUser,
  PermissionsBitField,
  REST,
  Routes,
} from 'discord.js';
import type { Check } from '../../core/check.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { commandDefinitions } from './definition.ts';
import { chatError, tokenError } from './failures.ts';
import { inviteLink, missingPermissions } from './permissions.ts';

/** A guild as the bot's own list of guilds has it. */
type OwnGuild = Pick<APIGuild, 'id' | 'name'> & { readonly permissions: string };

const PAGE = 200;
/** Servers that are looked at one by one; a larger bot's admin looks for one that makes trouble. */
const MAX_SERVERS = 100;
/** What a server's boosts let everybody upload, in bytes (https://support.discord.com/hc/en-us/articles/360028038352). */
const UPLOAD_BYTES: Readonly<Record<number, number>> = { 2: 50_000_000, 3: 100_000_000 };
const LEAST_UPLOAD_BYTES = 10_000_000;

/** Options of {@link checkDiscord}. */
export interface DiscordCheckOptions {
  readonly token: string;
  /** Base address of the API, for a proxy. */
  readonly api?: string;
}

/** Looks at everything that the bot needs of Discord, without connecting to its gateway. */
export async function* checkDiscord({ token, api }: DiscordCheckOptions): AsyncGenerator<Check> {
  const rest = new REST(api === undefined ? {} : { api }).setToken(token);
  const get = async <Result>(route: `/${string}`) => (await rest.get(route)) as Result;
  try {
    const user = await get<APIUser>(Routes.user());
    const application = await get<APIApplication>(Routes.currentApplication());
    yield {
      state: 'good',
      text: `Discord accepts the token: ${user.username}, application ${application.id}`,
    };
    yield { state: 'good', text: 'No privileged intent is needed' };
    yield* checkCommands(await get<{ name: string }[]>(Routes.applicationCommands(application.id)));
    yield { state: 'note', text: `To invite it: ${inviteLink(application.id)}` };
    const guilds = await allGuilds(get);
    if (guilds.length === 0) {
      yield { state: 'bad', text: 'It is on no server', advice: 'Open the link above and choose a server.' };
    }
    for (const guild of guilds.slice(0, MAX_SERVERS)) {
      yield checkGuild(guild, await get<APIGuild>(Routes.guild(guild.id)));
    }
    if (guilds.length > MAX_SERVERS) {
      yield { state: 'note', text: `${guilds.length - MAX_SERVERS} more servers were not looked at` };
    }
  } catch (error) {
    yield failed(error);
  }
}

async function allGuilds(get: <Result>(route: `/${string}`) => Promise<Result>): Promise<OwnGuild[]> {
  const guilds: OwnGuild[] = [];
  for (;;) {
    const after = guilds.at(-1)?.id ?? '0';
    const page = await get<OwnGuild[]>(`${Routes.userGuilds()}?limit=${PAGE}&after=${after}`);
    guilds.push(...page);
    if (page.length < PAGE) return guilds;
  }
}

function* checkCommands(registered: readonly { readonly name: string }[]): Generator<Check> {
  const names = new Set(registered.map(({ name }) => name));
  const missing = commandDefinitions().filter(({ name }) => !names.has(name));
  yield missing.length === 0
    ? { state: 'good', text: `All ${registered.length} commands are registered` }
    : {
        state: 'note',
        text: `${missing.length} commands are not registered yet`,
        advice: 'The bot does that when it starts; `impasto register` does it now.',
      };
}

function checkGuild({ name, permissions }: OwnGuild, { premium_tier }: APIGuild): Check {
  const missing = missingPermissions(new PermissionsBitField(BigInt(permissions)));
  const upload = Math.round((UPLOAD_BYTES[premium_tier] ?? LEAST_UPLOAD_BYTES) / 1e6);
  const about = `${name}: uploads up to ${upload} MB`;
  return missing.length === 0
    ? { state: 'good', text: `${about}, all permissions (a channel may still deny some)` }
    : {
        state: 'bad',
        text: `${about}, lacks ${missing.join(', ')}`,
        advice: 'Give them to its role in Server Settings → Roles, or invite it anew with the link above.',
      };
}

function failed(error: unknown): Check {
  const told = tokenError(error) ?? chatError(error);
  if (told instanceof ImpastoError) return { state: 'bad', text: told.message, advice: told.advice };
  throw error;
}
