import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Actor } from '../../bot/chat.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { newId } from './journal.ts';
import type { Tables } from './journal-tables.ts';
import { Throttle } from './throttle.ts';
import type { WirePerson } from './wire.ts';

const MAX_NAME = 40;
const MAX_ROLES = 8;

/** How many people there may be. */
export interface PeopleCaps {
  /** In all; who has left nothing makes room for others. */
  readonly all: number;
  /** New ones from one network in an hour. */
  readonly ofNetwork: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Who has left nothing and was not seen for so long is forgotten; where room is needed, after the second time. */
const NOBODY_MS = 7 * 24 * HOUR_MS;
const NOBODY_SOON_MS = 10 * MINUTE_MS;
/** So many make room at once, so that the next need not look again. */
const ROOM = 100;
/** When somebody was seen is noted this often. */
const NOTED_MS = HOUR_MS;
/** People whose rows are remembered. */
const REMEMBERED = 1000;

/** What a person may change about themselves. */
export interface PersonChange {
  readonly name?: string | undefined;
  readonly admin?: boolean | undefined;
  readonly roles?: readonly string[] | undefined;
}

/**
 * The people in the studio. Each tab of a browser is one, with an id that the studio gave it and signed, so that
 * nobody can be somebody else.
 */
export class People {
  readonly #db: Kysely<Tables>;
  readonly #secret: Buffer;
  readonly #all: number;
  readonly #newcomers: Throttle;
  /** By id; mentions are looked up for every message. */
  readonly #known = new LRUCache<string, WirePerson>({
    max: REMEMBERED,
    ttl: NOTED_MS,
    perf: { now: () => performance.now() },
  });

  constructor(db: Kysely<Tables>, secret: Buffer, { all, ofNetwork }: PeopleCaps) {
    this.#db = db;
    this.#secret = secret;
    this.#all = all;
    this.#newcomers = new Throttle({ most: ofNetwork, withinMs: HOUR_MS, networks: 10_000 });
  }

  /**
   * @param network - where they come from.
   * @throws ImpastoError `bad-setting` for a name that cannot be shown, `over-limit` when too many have come.
   */
  async welcome(name: string, network: string): Promise<{ person: WirePerson; pass: string }> {
    const person: WirePerson = { id: newId(), name: shownName(name), admin: false, roles: [] };
    if (this.#newcomers.hasHadEnough(network)) throw tooMany('from your network of late');
    this.#newcomers.note(network);
    if ((await this.#count()) >= this.#all) {
      await this.#forgetNobodies(Date.now() - NOBODY_SOON_MS, ROOM);
      if ((await this.#count()) >= this.#all) throw tooMany('of late');
    }
    await this.#db.insertInto('people').values(rowOf(person)).execute();
    this.#known.set(person.id, person);
    return { person, pass: `${person.id}.${this.#sign(person.id)}` };
  }

  /**
   * Who shows a pass.
   *
   * @throws ImpastoError `unknown-user` when the studio did not issue it, or has forgotten its holder.
   */
  async holderOf(pass: string): Promise<WirePerson> {
    const [id = '', signature = ''] = pass.split('.');
    const [given, right] = [Buffer.from(signature), Buffer.from(this.#sign(id))];
    const genuine = given.length === right.length && timingSafeEqual(given, right);
    const person = genuine ? await this.find(id) : undefined;
    if (person) return person;
    throw new ImpastoError('unknown-user', 'The studio does not know you.', {
      advice: 'Open its page anew and tell it your name.',
    });
  }

  async find(id: string): Promise<WirePerson | undefined> {
    const known = this.#known.get(id);
    if (known) return known;
    const row = await this.#db
      .updateTable('people')
      .set({ seen_at: Date.now() })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst();
    if (!row) return undefined;
    const person = { id, name: row.name, admin: row.admin === 1, roles: JSON.parse(row.roles) };
    this.#known.set(person.id, person);
    return person;
  }

  /** @throws ImpastoError `bad-setting` */
  async change(before: WirePerson, { name, admin, roles }: PersonChange): Promise<WirePerson> {
    const person: WirePerson = {
      id: before.id,
      name: name === undefined ? before.name : shownName(name),
      admin: admin ?? before.admin,
      roles: roles ? shownRoles(roles) : before.roles,
    };
    const { id, ...change } = rowOf(person);
    await this.#db.updateTable('people').set(change).where('id', '=', id).execute();
    this.#known.set(person.id, person);
    return person;
  }

  /** Forgets who was not seen since a time, in milliseconds since 1970, and sooner who has left nothing. */
  async clean(before: number): Promise<void> {
    await this.#db.deleteFrom('people').where('seen_at', '<', before).execute();
    await this.#forgetNobodies(Date.now() - NOBODY_MS, Number.MAX_SAFE_INTEGER);
    this.#known.clear();
  }

  async #count(): Promise<number> {
    const { count } = await this.#db
      .selectFrom('people')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return count;
  }

  /** Forgets people of whom there is no thread and no message, those first whom nobody has seen for longest. */
  async #forgetNobodies(before: number, most: number): Promise<void> {
    const somebody = sql`
      select person from threads union
      select audience from messages where audience is not null union
      select mention from messages where mention is not null`;
    const forgotten = await this.#db
      .deleteFrom('people')
      .where('id', 'in', (query) =>
        query
          .selectFrom('people')
          .select('id')
          .where('seen_at', '<', before)
          .where(sql<boolean>`id not in (${somebody})`)
          .orderBy('seen_at')
          .limit(most),
      )
      .returning('id')
      .execute();
    for (const { id } of forgotten) this.#known.delete(id);
  }

  #sign(id: string): string {
    return createHmac('sha256', this.#secret).update(`person ${id}`).digest('base64url');
  }
}

/** A person as the bot sees them. Admins are moderators, too. */
export function actorOf({ id, name, admin, roles }: WirePerson): Actor {
  return { id, name, roles, admin, moderator: admin };
}

function rowOf({ id, name, admin, roles }: WirePerson) {
  return { id, name, admin: admin ? 1 : 0, roles: JSON.stringify(roles), seen_at: Date.now() };
}

function tooMany(where: string): ImpastoError {
  return new ImpastoError('over-limit', `Too many people have come to the studio ${where}.`, {
    advice: 'Try again in an hour.',
  });
}

/** A name fit to be shown: on one line, without what is not seen or turns text around. */
function shownName(text: string): string {
  const name = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim();
  if (name.length > 0 && name.length <= MAX_NAME) return name;
  throw new ImpastoError('bad-setting', 'This cannot be a name.', {
    advice: `Use 1 to ${MAX_NAME} letters that can be seen.`,
  });
}

function shownRoles(roles: readonly string[]): string[] {
  const fit = roles.every((role) => /^[\w-]{1,32}$/.test(role));
  if (fit && roles.length <= MAX_ROLES) return [...new Set(roles)];
  throw new ImpastoError('bad-setting', 'These cannot be roles.', {
    advice: `Use up to ${MAX_ROLES} words of letters, digits, hyphens and underscores.`,
  });
}
