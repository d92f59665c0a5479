import { type APIAllowedMentions, AllowedMentionsTypes as Types } from 'discord-api-types/v10';
import type { Form } from './errors.ts';
import type { Account } from './model/account.ts';
import type { Channel } from './model/channel.ts';
import type { Role } from './model/guild.ts';
import type { Mentions, Message } from './model/message.ts';
import { has, permissionsIn } from './permissions.ts';

/** Checks `allowed_mentions` as Discord does: a list and the word for all of its kind exclude each other. */
export function checkAllowedMentions(
  form: Form,
  value: unknown,
): asserts value is APIAllowedMentions | undefined {
  if (value === undefined || value === null) return;
  const { parse = [], users = [], roles = [] } = value as APIAllowedMentions;
  const path = ['allowed_mentions'];
  const kinds: readonly string[] = Object.values(Types);
  form.check(
    parse.every((each) => kinds.includes(each)),
    [...path, 'parse'],
    'BASE_TYPE_CHOICES',
    `Value must be one of {${kinds}}.`,
  );
  for (const [name, list, type] of [
    ['users', users, Types.User],
    ['roles', roles, Types.Role],
  ] as const) {
    form.check(
      list.length <= 100,
      [...path, name],
      'BASE_TYPE_MAX_LENGTH',
      'Must be 100 or fewer in length.',
    );
    form.check(
      list.length === 0 || !parse.includes(type),
      [...path, 'parse'],
      'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
      `parse:["${name}"] and ${name}: [ids...] are mutually exclusive.`,
    );
  }
}

/** Whom a text mentions in earnest. Without `allowed_mentions` everything in the text counts. */
export function findMentions(
  channel: Channel,
  author: Account,
  content: string,
  allowed: APIAllowedMentions | undefined,
  repliedTo?: Message,
): Mentions {
  const parse = allowed ? (allowed.parse ?? []) : Object.values(Types);
  const mayMentionAll = has(permissionsIn(channel, author), 'MentionEveryone');
  const users = ids(content, /<@!?(\d+)>/g)
    .filter((id) => parse.includes(Types.User) || allowed?.users?.includes(id))
    .flatMap((id): Account | Account[] => channel.world.users.get(id) ?? []);
  const roles = ids(content, /<@&(\d+)>/g)
    .filter((id) => parse.includes(Types.Role) || allowed?.roles?.includes(id))
    .flatMap((id): Role | Role[] => channel.guild?.roles.get(id) ?? [])
    .filter(() => mayMentionAll);
  if (repliedTo && (allowed ? allowed.replied_user === true : true)) users.push(repliedTo.author);
  const everyone = parse.includes(Types.Everyone) && mayMentionAll && /@(everyone|here)\b/.test(content);
  return { users: [...new Set(users)], roles, everyone };
}

function ids(content: string, pattern: RegExp): string[] {
  // Nothing in code is a mention.
  const text = content.replaceAll(/```[\s\S]*?```|`[^`]*`/g, '');
  return [...text.matchAll(pattern)].map(([, id]) => id as string);
}
