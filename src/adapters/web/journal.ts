import { randomBytes } from 'node:crypto';
import type { Insertable, Kysely, Selectable, Updateable } from 'kysely';
import { openSqliteDatabase } from '../../store/sqlite.ts';
import { type MessageTable, migrations, type Tables, type ThreadTable } from './journal-tables.ts';

export type ThreadRow = Selectable<ThreadTable>;
export type MessageRow = Selectable<MessageTable>;

/** What a message is made of; its identity and its time are the journal's. */
export type NewMessage = Omit<Insertable<MessageTable>, 'id' | 'created_at' | 'revision' | 'removed'>;
export type NewThread = Omit<Insertable<ThreadTable>, 'id' | 'created_at' | 'revision' | 'removed'>;

/** Threads and messages that are newer than a revision. */
export interface Changes {
  readonly revision: number;
  readonly threads: readonly ThreadRow[];
  readonly messages: readonly MessageRow[];
}

/** A page that opens gets the newest messages, at most so many. */
const MOST_MESSAGES = 1000;

/** What a removed message or thread keeps: that it was one. */
const EMPTY = {
  text: '',
  mention: null,
  picture: null,
  picture_name: null,
  picture_alt: null,
  buttons: '[]',
  progress: null,
  removed: 1,
} satisfies Updateable<MessageTable>;

/** Ids cannot be guessed: what is written to one person has one, too. */
export const newId = (): string => randomBytes(15).toString('base64url');

/**
 * Every message of the studio, kept so that a restart changes none of them. A change gives its message a revision
 * that is higher than all before, also after a restart: who knows a revision asks for what came later.
 *
 * Methods throw ImpastoError `store-failed` when the database does.
 */
export class Journal {
  readonly #db: Kysely<Tables>;
  #revision: number;

  private constructor(db: Kysely<Tables>, revision: number) {
    this.#db = db;
    this.#revision = revision;
  }

  /** The database, for what else is kept in it. */
  get db(): Kysely<Tables> {
    return this.#db;
  }

  /** @throws ImpastoError `store-failed` */
  static async open(file: string): Promise<Journal> {
    const db = await openSqliteDatabase<Tables>(file, migrations);
    const { newest } = await db
      .selectFrom('messages')
      .select(({ fn }) => fn.max('revision').as('newest'))
      .executeTakeFirstOrThrow();
    return new Journal(db, newest ?? 0);
  }

  /** Opens a thread, or finds the one of this key. */
  async openThread(thread: NewThread): Promise<{ thread: ThreadRow; isNew: boolean }> {
    const before = await this.#threadOf(thread.key);
    if (before) return { thread: before, isNew: false };
    const row = { ...thread, id: newId(), created_at: Date.now(), revision: this.#next(), removed: 0 };
    await this.#db
      .insertInto('threads')
      .values(row)
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute();
    const opened = (await this.#threadOf(thread.key)) as ThreadRow;
    return { thread: opened, isNew: opened.id === row.id };
  }

  #threadOf(key: string): Promise<ThreadRow | undefined> {
    return this.#db.selectFrom('threads').selectAll().where('key', '=', key).executeTakeFirst();
  }

  /** Whether messages can be posted to a thread. */
  async hasThread(id: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('threads')
      .select('removed')
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.removed === 0;
  }

  /** Keeps a message, or finds the one of this key. */
  async post(message: NewMessage): Promise<{ message: MessageRow; isNew: boolean }> {
    const row = { ...message, id: newId(), created_at: Date.now(), revision: this.#next(), removed: 0 };
    await this.#db
      .insertInto('messages')
      .values(row)
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute();
    const posted = (await this.ofKey(message.key)) as MessageRow;
    return { message: posted, isNew: posted.id === row.id };
  }

  ofKey(key: string): Promise<MessageRow | undefined> {
    return this.#db.selectFrom('messages').selectAll().where('key', '=', key).executeTakeFirst();
  }

  /** A message that has not been removed. */
  message(id: string): Promise<MessageRow | undefined> {
    return this.#db
      .selectFrom('messages')
      .selectAll()
      .where('id', '=', id)
      .where('removed', '=', 0)
      .executeTakeFirst();
  }

  /** Changes a message; undefined when it has been removed, or never was. */
  async edit(id: string, change: Updateable<MessageTable>): Promise<MessageRow | undefined> {
    return this.#db
      .updateTable('messages')
      .set({ ...change, revision: this.#next() })
      .where('id', '=', id)
      .where('removed', '=', 0)
      .returningAll()
      .executeTakeFirst();
  }

  /** Removes a message; undefined when it is gone already. */
  remove(id: string): Promise<MessageRow | undefined> {
    return this.edit(id, EMPTY);
  }

  /** Whether a message or a thread shows a picture. */
  async shows(hash: string): Promise<boolean> {
    const message = this.#db.selectFrom('messages').select('id').where('picture', '=', hash);
    const thread = this.#db
      .selectFrom('threads')
      .select('id')
      .where(({ eb, or }) => or([eb('photograph', '=', hash), eb('style', 'like', `%/${hash}`)]));
    return (await message.union(thread).executeTakeFirst()) !== undefined;
  }

  /** What a person may see that is newer than a revision, oldest first; from 0, the newest that is there. */
  async since(revision: number, person: string): Promise<Changes> {
    const now = this.#revision;
    let messages = this.#db
      .selectFrom('messages')
      .selectAll()
      .where('revision', '>', revision)
      .where(({ eb, or }) => or([eb('audience', 'is', null), eb('audience', '=', person)]))
      .orderBy('revision', 'desc')
      .limit(MOST_MESSAGES);
    let threads = this.#db
      .selectFrom('threads')
      .selectAll()
      .where('revision', '>', revision)
      .orderBy('revision', 'desc')
      .limit(MOST_MESSAGES);
    if (revision === 0) {
      messages = messages.where('removed', '=', 0);
      threads = threads.where('removed', '=', 0);
    }
    const [foundMessages, foundThreads] = await Promise.all([messages.execute(), threads.execute()]);
    return { revision: now, messages: foundMessages.reverse(), threads: foundThreads.reverse() };
  }

  /** Hashes of the pictures that forgetting a person may leave without a use. */
  async picturesOf(person: string): Promise<string[]> {
    const threads = await this.#db
      .selectFrom('threads')
      .select(['id', 'photograph', 'style'])
      .where('person', '=', person)
      .execute();
    const messages = await this.#db
      .selectFrom('messages')
      .select('picture')
      .where('picture', 'is not', null)
      .where(({ eb, or }) =>
        or([eb('audience', '=', person), eb('thread', 'in', ['', ...threads.map(({ id }) => id)])]),
      )
      .execute();
    const styles = threads.map(({ style }) => style?.replace(/^.*\//, ''));
    return [
      ...messages.map(({ picture }) => picture),
      ...threads.map((each) => each.photograph),
      ...styles,
    ].flatMap((hash) => hash ?? []);
  }

  /**
   * Removes what was written to a person alone and the person's threads, with every message in them.
   *
   * @returns what has been removed.
   */
  async forget(person: string): Promise<Changes> {
    const revision = this.#next();
    const threads = await this.#db
      .updateTable('threads')
      .set({ title: '', person: '', person_name: '', photograph: null, style: null, removed: 1, revision })
      .where('person', '=', person)
      .where('removed', '=', 0)
      .returningAll()
      .execute();
    const ids = threads.map(({ id }) => id);
    const messages = await this.#db
      .updateTable('messages')
      .set({ ...EMPTY, revision })
      .where('removed', '=', 0)
      .where(({ eb, or }) =>
        or([eb('audience', '=', person), ...(ids.length > 0 ? [eb('thread', 'in', ids)] : [])]),
      )
      .returningAll()
      .execute();
    return { revision, threads, messages };
  }

  /** Drops messages from before a time, in milliseconds since 1970, and threads that are empty then. */
  async clean(before: number): Promise<void> {
    await this.#db.deleteFrom('messages').where('created_at', '<', before).execute();
    await this.#db
      .deleteFrom('threads')
      .where('created_at', '<', before)
      .where('id', 'not in', (query) =>
        query
          .selectFrom('messages')
          .select('thread')
          .where('thread', 'is not', null)
          .$castTo<{ thread: string }>(),
      )
      .execute();
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }

  /** The clock keeps revisions rising over restarts, even when the newest message has been dropped. */
  #next(): number {
    this.#revision = Math.max(this.#revision + 1, Date.now());
    return this.#revision;
  }
}
