import type { Bot } from '../../bot/bot.ts';
import type { Message, OptionValue } from '../../bot/chat.ts';
import type { Form } from '../../bot/forms.ts';
import { truthOf } from '../../bot/options.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { type Board, messageGone } from './board.ts';
import { type MessageRow, newId } from './journal.ts';
import { actorOf } from './people.ts';
import { placeOfRow, ROOM, refOf } from './room.ts';
import type { Upload, Uploads } from './uploads.ts';
import type { WirePerson } from './wire.ts';

/** A command as a page gives it. */
export interface GivenCommand {
  readonly command: string;
  readonly subcommand?: string | undefined;
  /** Values, but for pictures. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** Ids of what has been sent before, by the option that it is for. */
  readonly uploads: Readonly<Record<string, string>>;
  /** The thread that it is given in. */
  readonly thread?: string | undefined;
}

/** A reaction (an emoji) or a button (an action and its job) of a message. */
export interface GivenAction {
  readonly message: string;
  readonly action: string;
  readonly jobId?: string | undefined;
  readonly options?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** Turns what people do on the page into the bot's events, until it is stopped. */
export class Events {
  readonly #bot: Bot;
  readonly #board: Board;
  readonly #uploads: Uploads;
  readonly #inHand = new Set<Promise<void>>();
  #stopped = false;

  constructor(bot: Bot, board: Board, uploads: Uploads) {
    this.#bot = bot;
    this.#board = board;
    this.#uploads = uploads;
  }

  /**
   * Hands a command on.
   *
   * @returns the answers to it, once it has been handled.
   * @throws ImpastoError `closed`, `picture-gone`, `message-gone`
   */
  async command(person: WirePerson, given: GivenCommand): Promise<MessageRow[]> {
    const handed = new Map<string, Upload>();
    try {
      for (const [name, id] of Object.entries(given.uploads)) {
        handed.set(name, this.#uploads.hand(id, person.id));
      }
      return await this.#command(person, given, Object.fromEntries(handed));
    } finally {
      // The bot has taken in what it accepted; what it refused is sent again with the next attempt.
      for (const upload of handed.values()) await upload.release();
    }
  }

  async #command(
    person: WirePerson,
    given: GivenCommand,
    attached: Readonly<Record<string, Upload>>,
  ): Promise<MessageRow[]> {
    const options: Record<string, OptionValue> = { ...given.options, ...attached };
    const { command, subcommand } = given;
    const place = { ...ROOM, thread: given.thread ?? null };
    const answers = new Answers(this.#board, person.id, place);
    await this.#track(async () => {
      const erases = command === 'forget-me' && truthOf(String(options.confirm)) === true;
      // The bot erases what is its own; what the studio itself shows of a person goes with it.
      if (erases) await this.#board.forget(person.id);
      await this.#bot.command({
        actor: actorOf(person),
        place,
        reply: answers.reply,
        command,
        options,
        ...(subcommand !== undefined && { subcommand }),
      });
    });
    return answers.given;
  }

  /**
   * Hands a reaction or a pressed button on.
   *
   * @throws ImpastoError `closed`, `message-gone`, `unknown-job` when the message has no such button
   */
  async action(person: WirePerson, given: GivenAction): Promise<MessageRow[]> {
    const { row, place } = await this.#message(given, person);
    const answers = new Answers(this.#board, person.id, place);
    const { action, jobId, options } = given;
    await this.#track(() =>
      this.#bot.action({
        actor: actorOf(person),
        place,
        reply: answers.reply,
        action,
        message: refOf(row),
        ...(jobId !== undefined && { jobId }),
        ...(options && { options }),
      }),
    );
    return answers.given;
  }

  /** The form that a button opens; a message where there is none to be had. */
  async form(person: WirePerson, given: GivenAction): Promise<Form | Message> {
    const { place } = await this.#message(given, person);
    const { jobId = '' } = given;
    return this.#bot.form({ form: 'tweak', jobId, actor: actorOf(person), place });
  }

  /** The form of a request, filled in with a person's own defaults. */
  ownDefaults(person: WirePerson): Promise<Form | Message> {
    return this.#bot.form({ form: 'stylize', actor: actorOf(person), place: ROOM });
  }

  suggest(person: WirePerson, command: string, option: string, text: string): Promise<string[]> {
    return this.#bot.suggest(command, option, text, person.id, ROOM);
  }

  /** Takes no more events and settles when those in hand have been handled. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled(this.#inHand);
  }

  async #message(given: GivenAction, person: WirePerson) {
    const row = await this.#board.visible(given.message, person.id);
    if (!row) throw messageGone('message');
    const buttons: { jobId: string; action: string }[] = JSON.parse(row.buttons);
    const { jobId, action } = given;
    if (
      jobId !== undefined &&
      !buttons.some((button) => button.jobId === jobId && button.action === action)
    ) {
      throw new ImpastoError('unknown-job', 'The message has no such button.', {
        advice: 'Load the page anew to see what it has.',
      });
    }
    return { row, place: placeOfRow(row) };
  }

  async #track(handle: () => Promise<void>): Promise<void> {
    if (this.#stopped) {
      throw new ImpastoError('closed', 'The studio is closing.', {
        advice: 'Try again when it is open again.',
      });
    }
    const work = handle();
    this.#inHand.add(work);
    await work.finally(() => this.#inHand.delete(work));
  }
}

/** Answers to an event, where it happened: to everybody, or to who did it. */
class Answers {
  readonly given: MessageRow[] = [];
  readonly #board: Board;
  readonly #person: string;
  readonly #place: typeof ROOM;

  constructor(board: Board, person: string, place: typeof ROOM) {
    this.#board = board;
    this.#person = person;
    this.#place = place;
  }

  readonly reply = async (message: Message): Promise<void> => {
    const audience = message.private || this.#place.channel !== ROOM.channel ? this.#person : null;
    this.given.push(await this.#board.post(this.#place, audience, message, `answer-${newId()}`));
  };
}
