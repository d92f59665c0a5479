import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Actor } from '../../bot/chat.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { newId } from './journal.ts';
import type { Tables } from './journal-tables.ts';
import type { WirePerson } from './wire.ts';

const MAX_NAME = 40;
const MAX_ROLES = 8;

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
  /** By id; mentions are looked up for every message. */
  readonly #known = new Map<string, WirePerson>();

  constructor(db: Kysely<Tables>, secret: Buffer) {
    this.#db = db;
    this.#secret = secret;
  }

  /** @throws ImpastoError `bad-setting` for a name that cannot be shown. */
  async welcome(name: string): Promise<{ person: WirePerson; pass: string }> {
    const person: WirePerson = { id: newId(), name: shownName(name), admin: false, roles: [] };
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
    this.#known.set(id, person);
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
    this.#known.set(id, person);
    return person;
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
