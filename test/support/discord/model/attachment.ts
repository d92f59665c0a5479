import { createHmac } from 'node:crypto';
import type { APIAttachment } from 'discord-api-types/v10';
import type { Clock } from '../clock.ts';

/** How an attachment behaves when it is fetched. */
export type AttachmentTrick =
  /** Its address is on a host that is not Discord's. */
  | 'foreign-host'
  /** Its address answers with a redirect to a host that is not Discord's. */
  | 'redirect'
  /** Its address has expired by the time it is seen. */
  | 'expired'
  /** Its body never ends. */
  | 'endless';

/** A file as a user has it on disk, with what is odd about it. */
export interface FakeFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly contentType?: string;
  /** What the platform says of its size, if that is a lie. */
  readonly claimedSize?: number;
  readonly trick?: AttachmentTrick;
  readonly description?: string;
}

/** Addresses are good for a day, as Discord's are. */
const LIFETIME_MS = 24 * 3600_000;
export const FOREIGN_HOST = 'files.attacker.example';

const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  txt: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

/** A file on the platform. */
export class Attachment {
  readonly id: string;
  /** Path of its folder on the CDN, such as `/attachments/<channel>`. */
  readonly folder: string;
  readonly file: FakeFile;
  readonly #clock: Clock;
  readonly #cdn: string;
  description: string | undefined;

  constructor(clock: Clock, cdn: string, folder: string, file: FakeFile) {
    this.id = clock.snowflake();
    this.#clock = clock;
    this.#cdn = cdn;
    this.folder = folder;
    this.file = file;
    this.description = file.description;
  }

  get name(): string {
    return this.file.name;
  }

  get bytes(): Uint8Array {
    return this.file.content;
  }

  get contentType(): string | undefined {
    return this.file.contentType ?? TYPES[this.file.name.split('.').at(-1)?.toLowerCase() ?? ''];
  }

  get path(): string {
    return `${this.folder}/${this.id}/${encodeURIComponent(this.file.name)}`;
  }

  /** A signed address; every look at a message makes a new one. */
  url(): string {
    const now = this.#clock.now();
    const until = this.file.trick === 'expired' ? now - 1000 : now + LIFETIME_MS;
    const [ex, is] = [until, now].map((ms) => Math.floor(ms / 1000).toString(16));
    const host = this.file.trick === 'foreign-host' ? `https://${FOREIGN_HOST}` : this.#cdn;
    return `${host}${this.path}?ex=${ex}&is=${is}&hm=${this.#sign(`${ex}.${is}`)}&`;
  }

  /** Whether these are parameters that this file was signed with and that are still good. */
  admits(query: URLSearchParams): boolean {
    const [ex, is] = [query.get('ex') ?? '', query.get('is') ?? ''];
    if (query.get('hm') !== this.#sign(`${ex}.${is}`)) return false;
    return Number.parseInt(ex, 16) * 1000 > this.#clock.now();
  }

  payload(): APIAttachment {
    const url = this.url();
    const { contentType, description } = this;
    return {
      id: this.id,
      filename: this.file.name,
      size: this.file.claimedSize ?? this.file.content.length,
      url,
      proxy_url: url.replace('cdn.discordapp.com', 'media.discordapp.net'),
      ...(contentType && { content_type: contentType }),
      ...(description && { description }),
      ...(this.folder.startsWith('/ephemeral') && { ephemeral: true }),
    };
  }

  #sign(text: string): string {
    return createHmac('sha256', 'cdn').update(`${this.path}?${text}`).digest('hex');
  }
}
