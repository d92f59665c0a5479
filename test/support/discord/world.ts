import type { APIApplicationCommand, GatewayDispatchPayload } from 'discord-api-types/v10';
import { Changes } from '../changes.ts';
import { Clock } from './clock.ts';
import type { Interaction } from './interaction.ts';
import { Account } from './model/account.ts';
import { Attachment, type FakeFile } from './model/attachment.ts';
import type { Channel } from './model/channel.ts';
import type { Guild } from './model/guild.ts';
import type { Message } from './model/message.ts';

type EventOf<Payload> = Payload extends { t: infer Name; d: infer Data } ? { t: Name; d: Data } : never;

/** An event as the gateway sends it, before it has a sequence number. */
export type GatewayEvent = EventOf<GatewayDispatchPayload>;

/** Whom an event concerns, which decides the shard, the intent and whether the bot may see it. */
export interface Concern {
  readonly guild?: Guild | undefined;
  readonly channel?: Channel | undefined;
  /** The message in the event, whose content depends on an intent. */
  readonly message?: Message;
}

/** What a test may choose about the platform. */
export interface WorldOptions {
  /** Changes when its owner resets it. */
  token: string;
  /** Privileged intents that the application was granted. */
  readonly grantedIntents: number;
  /** What addresses of attachments begin with. */
  readonly cdn: string;
  /** Bytes that the bot may upload in direct messages and servers without boosts. */
  readonly uploadLimit: number;
  /** Edits that a channel takes to messages older than an hour in 20 s, and the status of what refuses more. */
  readonly oldEdits: { limit: number; status: number };
  /** Threads of a server that may be open at once. */
  readonly activeThreads: number;
}

/** Everything that the platform knows. */
export class World extends Changes {
  readonly clock = new Clock();
  readonly options: WorldOptions;
  readonly bot: Account;
  readonly applicationId: string;
  readonly users = new Map<string, Account>();
  readonly guilds = new Map<string, Guild>();
  readonly channels = new Map<string, Channel>();
  readonly interactions = new Map<string, Interaction>();
  /** Interactions by their tokens. */
  readonly tokens = new Map<string, Interaction>();
  readonly attachments = new Map<string, Attachment>();
  /** Registered commands, by guild; `''` holds the global ones. */
  readonly commands = new Map<string, APIApplicationCommand[]>();
  /** Paths of the CDN that were asked for. */
  readonly fetched: string[] = [];
  /** What the bot did that the platform punishes, or that is always a mistake. */
  readonly violations: string[] = [];
  /** Where events go; the gateway listens. */
  onEvent: (event: GatewayEvent, concern: Concern) => void = () => {};

  constructor(options: WorldOptions) {
    super();
    this.options = options;
    this.applicationId = this.clock.snowflake();
    // An application made in recent years has its bot's id.
    this.bot = new Account(this.applicationId, 'Impasto', true);
    this.users.set(this.bot.id, this.bot);
  }

  /** Tells the gateway, and whoever waits for a change. */
  dispatch(event: GatewayEvent, concern: Concern = {}): void {
    this.onEvent(event, concern);
    this.changed();
  }

  /** Ends everything that waits. */
  close(): void {
    this.clock.stop();
    this.endWaiting();
  }

  violate(what: string): void {
    this.violations.push(what);
    this.changed();
  }

  /** Puts a file on the CDN. */
  upload(folder: string, file: FakeFile): Attachment {
    const attachment = new Attachment(this.clock, this.options.cdn, folder, file);
    this.attachments.set(attachment.path, attachment);
    return attachment;
  }
}
