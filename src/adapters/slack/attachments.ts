import type { Attachment } from '../../bot/chat.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { download } from '../download.ts';

/** Where Slack keeps files; the token goes nowhere else. */
const HOSTS: ReadonlySet<string> = new Set(['files.slack.com']);

/** What Slack tells of a file. */
export interface SlackFile {
  readonly id: string;
  readonly name?: string | null;
  readonly mimetype?: string;
  readonly size?: number;
  readonly url_private_download?: string;
  readonly url_private?: string;
}

/** How files are fetched. */
export interface Fetching {
  readonly get: typeof fetch;
  readonly token: string;
}

/** A file of an event or a form. */
export function attachmentOf(file: SlackFile, { get, token }: Fetching): Attachment {
  const { name, size } = file;
  const source = {
    platform: 'Slack',
    hosts: HOSTS,
    get,
    headers: { Authorization: `Bearer ${token}` },
    check: checkType,
  };
  return {
    name: name ?? 'a file',
    ...(size !== undefined && { bytes: size }),
    fetch: (maxBytes, signal) =>
      download(file.url_private_download ?? file.url_private ?? '', source, maxBytes, signal),
  };
}

/** Whoever may not have a file gets a page to sign in instead, with status 200. */
function checkType(contentType: string): void {
  if (!contentType.startsWith('text/html')) return;
  throw new ImpastoError('download-failed', 'Slack sent a page to sign in instead of the picture.', {
    advice: 'I may not read it: whoever runs me has to look at my token and its scope files:read.',
  });
}

/** Pictures among files, as far as Slack tells. */
export function picturesAmong(files: readonly SlackFile[]): SlackFile[] {
  const pictures = files.filter(({ mimetype }) => mimetype?.startsWith('image/'));
  return pictures.length > 0 ? pictures : [...files];
}
