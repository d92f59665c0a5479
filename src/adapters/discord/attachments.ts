import type { Attachment } from '../../bot/chat.ts';
import { download } from '../download.ts';

/** Where Discord keeps attachments. */
const HOSTS: ReadonlySet<string> = new Set(['cdn.discordapp.com', 'media.discordapp.net']);

/** What Discord tells of an attachment. */
export interface DiscordFile {
  readonly name: string;
  readonly size: number;
  readonly url: string;
}

/** A file of an event. Its size is what Discord says; what comes is counted all the same. */
export function attachmentOf({ name, size, url }: DiscordFile, get: typeof fetch): Attachment {
  return {
    name,
    bytes: size,
    fetch: (maxBytes, signal) => download(url, { platform: 'Discord', hosts: HOSTS, get }, maxBytes, signal),
  };
}
