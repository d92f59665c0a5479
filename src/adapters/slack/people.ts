import { LRUCache } from 'lru-cache';
import type { Actor } from '../../bot/chat.ts';
import type { SlackApi } from './api.ts';

/** How long what is known of people holds, in milliseconds. */
const KNOWN_MS = 60_000;
const MAX_KNOWN = 2000;

interface SlackUser {
  readonly name?: string;
  readonly real_name?: string;
  readonly is_admin?: boolean;
  readonly is_owner?: boolean;
  readonly is_bot?: boolean;
  readonly profile?: { readonly display_name?: string; readonly real_name?: string };
}

/** Who somebody is: name, whether they manage the workspace, and their user groups. */
export class People {
  readonly #api: SlackApi;
  readonly #users = new LRUCache<string, SlackUser>({ max: MAX_KNOWN, ttl: KNOWN_MS });
  #groups: { readonly of: Promise<Map<string, string[]>>; readonly at: number } | undefined;

  constructor(api: SlackApi) {
    this.#api = api;
  }

  /** @throws ImpastoError what SlackApi.call throws. */
  async actor(id: string): Promise<Actor> {
    const [user, groups] = await Promise.all([this.#user(id), this.#groupsOf(id)]);
    const manages = (user.is_admin ?? false) || (user.is_owner ?? false);
    const names = [user.profile?.display_name, user.profile?.real_name, user.real_name, user.name, id];
    return {
      id,
      name: names.find((name) => name !== undefined && name !== '') ?? id,
      roles: groups,
      admin: manages,
      moderator: manages,
    };
  }

  async isBot(id: string): Promise<boolean> {
    return (await this.#user(id)).is_bot ?? false;
  }

  async #user(id: string): Promise<SlackUser> {
    const known = this.#users.get(id);
    if (known) return known;
    const user = (await this.#api.call('users.info', { user: id })).user as SlackUser;
    this.#users.set(id, user);
    return user;
  }

  async #groupsOf(id: string): Promise<readonly string[]> {
    if (!this.#groups || performance.now() - this.#groups.at > KNOWN_MS) {
      this.#groups = { of: this.#allGroups(), at: performance.now() };
    }
    return (await this.#groups.of).get(id) ?? [];
  }

  /** Workspaces without user groups, which is those without a paid plan, have none to tell of. */
  async #allGroups(): Promise<Map<string, string[]>> {
    const groups = new Map<string, string[]>();
    const answer = await this.#api.call('usergroups.list', { include_users: true }).catch(() => ({}));
    const listed = ((answer as { usergroups?: unknown }).usergroups ?? []) as {
      id: string;
      users?: string[];
    }[];
    for (const { id, users = [] } of listed) {
      for (const user of users) groups.set(user, [...(groups.get(user) ?? []), id]);
    }
    return groups;
  }
}
