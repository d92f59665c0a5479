/** What the platform keeps, as plain as tests want to see it. */

/** A file as a person chooses it. */
export interface ChosenFile {
  readonly name: string;
  readonly content: Uint8Array;
}

export type Json = Record<string, unknown>;

export interface User {
  readonly id: string;
  readonly name: string;
  readonly isAdmin: boolean;
  readonly isBot: boolean;
  /** Whether the bot may open direct messages with them. */
  takesDirectMessages: boolean;
}

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly mimetype: string;
  readonly filetype: string;
  readonly alt: string | undefined;
  readonly length: number;
  bytes: Uint8Array | undefined;
  /** Whether the upload was completed. */
  completed: boolean;
  /** How many blocks may still refer to it in vain: it is being processed. */
  unready: number;
  deleted: boolean;
}

export interface Version {
  readonly text: string;
  readonly blocks: readonly Json[];
}

export class Message {
  readonly channel: Channel;
  readonly ts: string;
  readonly thread: string | undefined;
  readonly user: string;
  /** Who alone sees it; undefined for a message to all. */
  readonly onlyFor: string | undefined;
  readonly files: readonly StoredFile[];
  readonly metadata: Json | undefined;
  /** Every form that it has had, oldest first. */
  readonly versions: Version[];
  readonly reactions = new Map<string, Set<string>>();
  deleted = false;

  constructor(
    channel: Channel,
    fields: { ts: string; user: string; version: Version } & Partial<
      Pick<Message, 'thread' | 'onlyFor' | 'files' | 'metadata'>
    >,
  ) {
    this.channel = channel;
    this.ts = fields.ts;
    this.user = fields.user;
    this.thread = fields.thread;
    this.onlyFor = fields.onlyFor;
    this.files = fields.files ?? [];
    this.metadata = fields.metadata;
    this.versions = [fields.version];
  }

  get text(): string {
    return this.versions.at(-1)?.text ?? '';
  }

  get blocks(): readonly Json[] {
    return this.versions.at(-1)?.blocks ?? [];
  }

  /** Everybody whom it notifies, by the mentions in what is shown of it. */
  get notified(): string[] {
    return [...new Set([...this.text.matchAll(/<@([UW][A-Z0-9]+)>/g)].map(([, id]) => id as string))];
  }

  /** The ids of the pictures that it shows. */
  get pictureIds(): string[] {
    return picturesIn(this.blocks);
  }

  /** The buttons that it has. */
  get buttons(): { readonly label: string; readonly actionId: string; readonly blockId: string }[] {
    return this.blocks.flatMap(({ type, elements, block_id }) =>
      type !== 'actions'
        ? []
        : (elements as Json[]).map(({ text, action_id }) => ({
            label: String((text as Json).text),
            actionId: String(action_id),
            blockId: String(block_id),
          })),
    );
  }
}

/** The ids of the files that image blocks refer to. */
export function picturesIn(blocks: readonly Json[]): string[] {
  return blocks.flatMap(({ type, slack_file }) =>
    type === 'image' && slack_file ? [String((slack_file as Json).id)] : [],
  );
}

export class Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'public' | 'private' | 'im';
  readonly members = new Set<string>();
  readonly all: Message[] = [];
  archived = false;

  constructor(id: string, name: string, kind: Channel['kind']) {
    this.id = id;
    this.name = name;
    this.kind = kind;
  }

  /** What is to be seen now, oldest first, threads included. */
  get messages(): Message[] {
    return this.all.filter(({ deleted }) => !deleted);
  }

  /** Messages that all see, outside threads. */
  get roots(): Message[] {
    return this.messages.filter(({ thread, onlyFor }) => thread === undefined && onlyFor === undefined);
  }

  /** A thread's replies that all see, oldest first. */
  replies(parent: string | Message): Message[] {
    const ts = typeof parent === 'string' ? parent : parent.ts;
    return this.messages.filter(({ thread, onlyFor }) => thread === ts && onlyFor === undefined);
  }

  find(ts: unknown): Message | undefined {
    return this.messages.find((message) => message.ts === ts && message.onlyFor === undefined);
  }
}

/** A modal that is open before somebody. */
export interface View {
  readonly id: string;
  readonly user: User;
  readonly trigger: string;
  content: Json;
  open: boolean;
}
