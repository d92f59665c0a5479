import type { SentFormat } from '../delivery-images/formats.ts';

/**
 * The conversation as the bot sees it, on any platform. Everything here is plain data, but for the functions that
 * fetch an attachment or answer an event: a conversation must go on after a restart, when only data is left.
 */

/** Where something was said. */
export interface Place {
  readonly platform: string;
  /** Guild or workspace; `@` and the user's id in direct messages. */
  readonly server: string;
  readonly channel: string;
  /** The thread in the channel, where there is one. */
  readonly thread: string | null;
}

/** Who said it. */
export interface Actor {
  readonly id: string;
  /** As shown to others. */
  readonly name: string;
  /** Ids of roles, or of user groups. */
  readonly roles: readonly string[];
  /** May change the server's limits. */
  readonly admin: boolean;
  /** May cancel and delete other people's jobs; every admin may. */
  readonly moderator: boolean;
}

/** A file that came with an event. Its address expires, so it is fetched at once. */
export interface Attachment {
  readonly name: string;
  /** What the platform says of its size, in bytes. */
  readonly bytes?: number;
  /**
   * Its bytes, as they come.
   *
   * @throws ImpastoError `picture-too-large` as soon as more than maxBytes have come, `download-failed`, `aborted`
   */
  fetch(maxBytes: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** What can be given for an option. */
export type OptionValue = string | number | boolean | Attachment;

/** A message that the bot sends. */
export interface Message {
  /** Plain text with `**bold**` and `` `code` `` and line breaks; at most 1,900 characters. */
  readonly text: string;
  /** The only user whom the message may notify; the mention is put in front of the text. */
  readonly mention?: string;
  readonly picture?: MessagePicture;
  readonly buttons?: readonly Button[];
  /** To be seen by the asker alone, where the platform can do that. */
  readonly private?: boolean;
  /** Of a job that is under way: the share that is painted, from 0 to 1, for a platform that draws a bar of its own. */
  readonly progress?: number;
}

/** A picture in a message. */
export interface MessagePicture {
  readonly bytes: Uint8Array;
  /** Name of the file, without a path. */
  readonly name: string;
  /** What is seen on it, in words. */
  readonly alt: string;
}

/** A button on a message; its emoji works as a reaction, too. */
export interface Button {
  /** Such as `more-style`. */
  readonly action: string;
  readonly emoji: string;
  readonly label: string;
  readonly jobId: string;
  /** Opens a form (bot/forms.ts), which a reaction cannot do: its emoji means nothing as a reaction. */
  readonly form?: true;
}

/** A message that was sent. */
export interface MessageRef {
  readonly platform: string;
  readonly channel: string;
  readonly message: string;
}

interface ChatEvent {
  readonly actor: Actor;
  readonly place: Place;
  /** Answers where the event came from; may be called more than once. */
  reply(message: Message): Promise<void>;
}

/** A command with its options. */
export interface CommandEvent extends ChatEvent {
  readonly command: string;
  readonly subcommand?: string;
  /** By the names of the command table. */
  readonly options: Readonly<Record<string, OptionValue>>;
  /** Files that came without saying which option they are, in order. */
  readonly attachments?: readonly Attachment[];
}

/** A reaction on one of the bot's messages, or a button pressed. */
export interface ActionEvent extends ChatEvent {
  /** The emoji of a reaction, or the action of a button. */
  readonly action: string;
  readonly message: MessageRef;
  /** What the button said; a reaction's job is found by its message. */
  readonly jobId?: string;
  /** What the action's form was filled in with. */
  readonly options?: Readonly<Record<string, OptionValue>>;
}

/** A thread that is to be opened for a request. */
export interface NewThread {
  /** Id and name of whose request it is. */
  readonly user: string;
  readonly userName: string;
  /** What is to be painted, in a few words without a line break; at most 80 characters. */
  readonly title: string;
  /** What it is painted from, for a platform that shows it at the beginning. */
  readonly previews: () => Promise<ThreadPreviews>;
}

/** Small WebP pictures without metadata: everybody sees them. */
export interface ThreadPreviews {
  readonly photograph?: Uint8Array;
  /** The first style. */
  readonly style?: Uint8Array;
}

/** Where a request's messages go. */
export interface OpenedThread {
  readonly place: Place;
  /** The message that the thread hangs on, where there is one: it says whose request it is. */
  readonly beginning?: MessageRef;
  /** What the requester should know, such as a permission that is missing, or why the platform opens no thread. */
  readonly notice?: string;
}

/** What a platform can do. */
export interface Capabilities {
  /** Whether a message's picture can be changed by an edit. */
  readonly editAttachments: boolean;
  /** Whether a message can be shown to one user alone. */
  readonly ephemeral: boolean;
  readonly buttons: boolean;
  /** What is shown as a picture, PNG, JPEG and GIF among it. */
  readonly pictureFormats: readonly SentFormat[];
  /** Least milliseconds between two edits of one message. */
  readonly minEditIntervalMs: number;
}

/**
 * A platform as the bot uses it: performs what it is told, and retries what the platform asks to be retried.
 * Methods throw ImpastoError `message-gone` when the message or its place no longer exists, `platform-refused`
 * when a permission is missing (and says which), `upload-too-large`, `too-many-edits` when the platform takes no
 * further edit of this message for now, `platform-failed` when the platform cannot be reached for long.
 */
export interface Chat {
  readonly platform: string;
  readonly capabilities: Capabilities;
  /** Whether a server's jobs are this process's: with several gateways, each has its own servers. */
  owns(server: string): boolean;
  /** Largest file that may be sent to a place, in bytes. */
  maxUploadBytes(place: Place): Promise<number>;
  /**
   * Opens a thread for a request in a place that is none. Where the platform has no threads or does not permit one,
   * the place itself is used, and the notice says once what is missing, or why it was refused.
   *
   * @param key - the same key gives the same thread, also after a restart, as far as the platform permits.
   */
  openThread(place: Place, thread: NewThread, key: string): Promise<OpenedThread>;
  /**
   * Sends a message.
   *
   * @param key - a message with this key is sent only once, also after a restart, as far as the platform permits;
   *   sent again, the first one is returned.
   * @param again - whether it may have been sent long before; a platform that knows its keys for some time only looks
   *   for it then. False by default.
   */
  post(place: Place, message: Message, key: string, again?: boolean): Promise<MessageRef>;
  /** Sends a message to one user alone; `again` as in `post`. */
  direct(user: string, message: Message, key: string, again?: boolean): Promise<MessageRef>;
  /** Replaces a message's text, picture and buttons; what the new message lacks is taken away. */
  edit(ref: MessageRef, message: Message): Promise<void>;
  /** Removes a message; one that is gone already is no error. */
  remove(ref: MessageRef): Promise<void>;
  /**
   * Takes away what a thread tells of whose request it was opened for: the message that it hangs on, and its name. What
   * else was said in it stays.
   */
  forgetThread(beginning: MessageRef): Promise<void>;
}
