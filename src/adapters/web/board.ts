import type { Message, Place } from '../../bot/chat.ts';
import { ImpastoError } from '../../nst/errors.ts';
import type { PictureStore } from '../../store/pictures.ts';
import type { Changes, Journal, MessageRow, NewMessage, ThreadRow } from './journal.ts';
import type { People } from './people.ts';
import type { Streams } from './streams.ts';
import type { WireMessage, WireThread, WireUpdate } from './wire.ts';

/** Largest picture of a message, in bytes: a PNG of 4096 × 4096 pixels fits. */
export const MAX_UPLOAD_BYTES = 64_000_000;

/** A request's thread before it is open, with the pictures that it begins with. */
export interface ThreadBeginning {
  readonly key: string;
  readonly title: string;
  readonly person: string;
  readonly personName: string;
  /** Small, without metadata: everybody sees it. */
  readonly photograph?: Uint8Array;
  readonly style?: Uint8Array;
}

/** The messages of the studio with their pictures: kept, and told to every page that may see them. */
export class Board {
  readonly #journal: Journal;
  readonly #pictures: PictureStore;
  readonly #people: People;
  readonly #streams: Streams;

  constructor(journal: Journal, pictures: PictureStore, people: People, streams: Streams) {
    this.#journal = journal;
    this.#pictures = pictures;
    this.#people = people;
    this.#streams = streams;
  }

  /** Opens a request's thread; the same key finds the same one. */
  async open(beginning: ThreadBeginning): Promise<ThreadRow> {
    const { key, title, person, personName, photograph, style } = beginning;
    const { thread, isNew } = await this.#journal.openThread({
      key,
      title,
      person,
      person_name: personName,
      photograph: photograph ? await this.#pictures.put(photograph) : null,
      style: style ? pictureUrl(await this.#pictures.put(style)) : null,
    });
    if (isNew)
      this.#streams.tell({ revision: thread.revision, threads: [wireThread(thread)], messages: [] }, null);
    return thread;
  }

  /**
   * Posts a message; the same key finds the same one.
   *
   * @param audience - who alone may see it, or null.
   * @throws ImpastoError `upload-too-large`, `message-gone` when there is no such thread
   */
  async post(place: Place, audience: string | null, message: Message, key: string): Promise<MessageRow> {
    const before = await this.#journal.ofKey(key);
    if (before) return before;
    if (place.thread !== null && !(await this.#journal.hasThread(place.thread))) throw messageGone('thread');
    const { message: posted, isNew } = await this.#journal.post({
      key,
      channel: place.channel,
      thread: place.thread,
      audience,
      ...(await this.#content(message)),
    });
    if (isNew) await this.#tell([posted]);
    return posted;
  }

  /** @throws ImpastoError `message-gone`, `upload-too-large` */
  async edit(id: string, message: Message): Promise<void> {
    const before = await this.#journal.message(id);
    if (!before) throw messageGone('message');
    const after = await this.#journal.edit(id, await this.#content(message));
    if (!after) throw messageGone('message');
    await this.#dropPictures([before.picture]);
    await this.#tell([after]);
  }

  async remove(id: string): Promise<void> {
    const before = await this.#journal.message(id);
    const after = before && (await this.#journal.remove(id));
    if (!after) return;
    await this.#dropPictures([before.picture]);
    await this.#tell([after]);
  }

  /** A message as one person may see it; undefined when there is none that they may see. */
  async visible(id: string, person: string): Promise<MessageRow | undefined> {
    const message = await this.#journal.message(id);
    return message && (message.audience === null || message.audience === person) ? message : undefined;
  }

  /** Everything that is new to a person since a revision. */
  async since(revision: number, person: string): Promise<WireUpdate> {
    return this.#wire(await this.#journal.since(revision, person));
  }

  async wireMessages(rows: readonly MessageRow[]): Promise<WireMessage[]> {
    return Promise.all(rows.map((row) => this.#wireMessage(row)));
  }

  /** Removes what was written to a person alone, and their threads with all that is in them. */
  async forget(person: string): Promise<void> {
    const pictures = await this.#journal.picturesOf(person);
    const changes = await this.#journal.forget(person);
    await this.#dropPictures(pictures);
    this.#streams.tell(await this.#wire(changes), null);
  }

  async #content(message: Message): Promise<Omit<NewMessage, 'key' | 'channel' | 'thread' | 'audience'>> {
    const { text, mention, picture, buttons, progress } = message;
    if (picture && picture.bytes.length > MAX_UPLOAD_BYTES) {
      throw new ImpastoError('upload-too-large', 'The picture is too large for the studio.', {
        advice: 'Ask for a smaller size.',
      });
    }
    return {
      text,
      mention: mention ?? null,
      picture: picture ? await this.#pictures.put(picture.bytes) : null,
      picture_name: picture?.name ?? null,
      picture_alt: picture?.alt ?? null,
      buttons: JSON.stringify(buttons ?? []),
      progress: progress ?? null,
    };
  }

  /** Removes the files of pictures that nothing shows any longer. */
  async #dropPictures(hashes: readonly (string | null)[]): Promise<void> {
    for (const hash of new Set(hashes)) {
      if (hash && !(await this.#journal.shows(hash))) await this.#pictures.remove(hash);
    }
  }

  async #tell(rows: readonly MessageRow[]): Promise<void> {
    for (const row of rows) {
      const messages = await this.wireMessages([row]);
      this.#streams.tell({ revision: row.revision, threads: [], messages }, row.audience);
    }
  }

  async #wire({ revision, threads, messages }: Changes): Promise<WireUpdate> {
    return { revision, threads: threads.map(wireThread), messages: await this.wireMessages(messages) };
  }

  async #wireMessage(row: MessageRow): Promise<WireMessage> {
    const { id, thread, text, mention, progress, revision } = row;
    const named = [...text.matchAll(/<user:([^>\s]+)>/g)].flatMap(([, person]) => person ?? []);
    const people = await Promise.all(
      [...named, ...(mention ? [mention] : [])].map((each) => this.#people.find(each)),
    );
    return {
      id,
      thread,
      private: row.audience !== null,
      text,
      mention,
      picture: row.picture
        ? { url: pictureUrl(row.picture), name: row.picture_name ?? '', alt: row.picture_alt ?? '' }
        : null,
      buttons: JSON.parse(row.buttons),
      progress,
      names: Object.fromEntries(people.flatMap((person) => (person ? [[person.id, person.name]] : []))),
      at: row.created_at,
      revision,
      ...(row.removed === 1 && { removed: true }),
    };
  }
}

function wireThread(row: ThreadRow): WireThread {
  const { id, title, person, photograph, style, revision } = row;
  return {
    id,
    title,
    person,
    personName: row.person_name,
    photograph: photograph && pictureUrl(photograph),
    style,
    at: row.created_at,
    revision,
    ...(row.removed === 1 && { removed: true }),
  };
}

/** Where the page finds a picture. */
export function pictureUrl(hash: string): string {
  return `pictures/${hash}`;
}

export function messageGone(what: 'message' | 'thread'): ImpastoError {
  return new ImpastoError('message-gone', `There is no such ${what} any longer.`, {
    advice: 'Load the page anew to see what there is.',
  });
}
