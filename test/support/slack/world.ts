import { Changes } from '../changes.ts';
import { Clock } from '../discord/clock.ts';
import { Channel, type Json, Message, type StoredFile, type User, type View } from './model.ts';

/** What the app was installed with, as its manifest says. */
export interface Installation {
  readonly scopes: readonly string[];
  readonly events: readonly string[];
  readonly commands: readonly string[];
  /** Message shortcuts: their callback ids by their names. */
  readonly shortcuts: Readonly<Record<string, string>>;
}

/** What a test may choose about the platform. */
export interface WorldOptions {
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly app: Installation;
  /** Blocks that refer in vain to a file that was just uploaded. */
  readonly processing: number;
  /** Largest file that is taken, in bytes. */
  readonly uploadLimit: number;
  /** Where the platform is served. */
  readonly origin: () => string;
}

/** What the platform delivers to the app; settles with what the app answers, or undefined. */
export type Deliver = (kind: 'events_api' | 'slash_commands' | 'interactive', payload: Json) => Promise<Json>;

const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  txt: 'text/plain',
};

/** Everything that the platform knows. */
export class World extends Changes {
  readonly clock = new Clock();
  readonly options: WorldOptions;
  readonly team = { id: 'T0MUSEUM01', name: 'Museum' };
  readonly appId = 'A0IMPASTO1';
  readonly botId = 'B0IMPASTO1';
  readonly bot: User;
  readonly users = new Map<string, User>();
  readonly groups = new Map<string, { readonly handle: string; users: string[] }>();
  readonly channels = new Map<string, Channel>();
  readonly files = new Map<string, StoredFile>();
  readonly views: View[] = [];
  /** When each trigger that may open a view was made, and for whom. */
  readonly triggers = new Map<string, { at: number; user: User; used: boolean }>();
  /** Where responses of commands go, by their tokens. */
  readonly responses = new Map<string, { channel: Channel; user: User; left: number; at: number }>();
  /** What the app did that the platform punishes, or that is always a mistake. */
  readonly violations: string[] = [];
  deliver: Deliver = async () => ({});
  #ids = 0;
  #lastTs = 0;

  constructor(options: WorldOptions) {
    super();
    this.options = options;
    this.bot = this.addUser('Impasto', { isBot: true });
  }

  get origin(): string {
    return this.options.origin();
  }

  id(prefix: string): string {
    this.#ids += 1;
    return `${prefix}0${String(this.#ids).padStart(8, '0')}`;
  }

  addUser(name: string, { isAdmin = false, isBot = false } = {}): User {
    const user = { id: this.id('U'), name, isAdmin, isBot, takesDirectMessages: true };
    this.users.set(user.id, user);
    return user;
  }

  addChannel(name: string, kind: Channel['kind'] = 'public'): Channel {
    const channel = new Channel(this.id(kind === 'im' ? 'D' : 'C'), name, kind);
    this.channels.set(channel.id, channel);
    return channel;
  }

  /** The direct messages of somebody with the bot. */
  direct(user: User): Channel {
    const known = [...this.channels.values()].find(
      ({ kind, members }) => kind === 'im' && members.has(user.id),
    );
    if (known) return known;
    const channel = this.addChannel(user.name, 'im');
    channel.members.add(user.id).add(this.bot.id);
    return channel;
  }

  /** A time stamp, which is a message's id in its channel: unique, and rising. */
  ts(): string {
    this.#lastTs = Math.max(this.#lastTs + 1, Math.round(this.clock.now() * 1000));
    return `${Math.floor(this.#lastTs / 1e6)}.${String(this.#lastTs % 1e6).padStart(6, '0')}`;
  }

  post(channel: Channel, fields: Omit<ConstructorParameters<typeof Message>[1], 'ts'>): Message {
    const message = new Message(channel, { ts: this.ts(), ...fields });
    channel.all.push(message);
    this.changed();
    return message;
  }

  addFile(owner: User, name: string, length: number, alt?: string): StoredFile {
    const filetype = name.split('.').at(-1)?.toLowerCase() ?? '';
    const file: StoredFile = {
      id: this.id('F'),
      name,
      owner: owner.id,
      filetype,
      mimetype: TYPES[filetype] ?? 'application/octet-stream',
      alt,
      length,
      bytes: undefined,
      completed: false,
      unready: this.options.processing,
      deleted: false,
    };
    this.files.set(file.id, file);
    return file;
  }

  /** A file as payloads and the API show it. */
  fileJson({ id, name, mimetype, filetype, owner, bytes, length, alt }: StoredFile): Json {
    const address = `https://files.slack.com/files-pri/${this.team.id}-${id}`;
    return {
      id,
      name,
      title: name,
      mimetype,
      filetype,
      user: owner,
      size: bytes?.length ?? length,
      url_private: `${address}/${encodeURIComponent(name)}`,
      url_private_download: `${address}/download/${encodeURIComponent(name)}`,
      ...(alt !== undefined && { alt_txt: alt }),
    };
  }

  messageJson(message: Message): Json {
    const { ts, thread, user, text, blocks, files, metadata } = message;
    const isRoot = thread === undefined && message.channel.replies(ts).length > 0;
    return {
      type: 'message',
      ts,
      user,
      text,
      blocks,
      ...((thread ?? (isRoot ? ts : undefined)) && { thread_ts: thread ?? ts }),
      ...(user === this.bot.id && { bot_id: this.botId, app_id: this.appId }),
      ...(files.length > 0 && { files: files.map((file) => this.fileJson(file)) }),
      ...(metadata && { metadata }),
    };
  }

  /** Sends an event to the app, if it subscribed to it and may see where it happened. */
  emit(event: Json & { type: string }, channel: Channel, subscription: string = event.type): void {
    const { app } = this.options;
    if (!app.events.includes(subscription) || !channel.members.has(this.bot.id)) return;
    void this.deliver('events_api', {
      token: 'verification-token',
      team_id: this.team.id,
      api_app_id: this.appId,
      type: 'event_callback',
      event_id: this.id('Ev'),
      event_time: Math.floor(this.clock.now() / 1000),
      authorizations: [
        { team_id: this.team.id, user_id: this.bot.id, is_bot: true, is_enterprise_install: false },
      ],
      event,
    }).catch(() => {});
  }

  trigger(user: User): string {
    const trigger = `${this.id('trigger')}.${user.id}`;
    this.triggers.set(trigger, { at: this.clock.now(), user, used: false });
    return trigger;
  }

  violate(what: string): void {
    this.violations.push(what);
    this.changed();
  }

  /** Ends everything that waits. */
  close(): void {
    this.clock.stop();
    this.endWaiting();
  }
}
