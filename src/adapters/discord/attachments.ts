import type { Attachment } from '../../bot/chat.ts';
import { ImpastoError } from '../../nst/errors.ts';

/** Where Discord keeps attachments; nothing else is fetched, whatever an event says. */
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
    async fetch(maxBytes, signal) {
      const response = await get(allowed(url), { redirect: 'error', signal }).catch((cause) => {
        throw failed(signal.aborted ? 'It took too long to arrive.' : 'Discord did not send it.', cause);
      });
      if (!response.ok || !response.body) {
        await response.body?.cancel();
        throw failed(`Discord answered ${response.status}.`);
      }
      return collect(response.body, maxBytes);
    },
  };
}

/** @throws ImpastoError `download-failed` for an address that is not Discord's. */
function allowed(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const plain = url?.port === '' && url.username === '' && url.password === '';
  if (url?.protocol === 'https:' && plain && HOSTS.has(url.hostname)) return url;
  throw failed('Its address is not one of Discord’s.');
}

/** @throws ImpastoError `picture-too-large` as soon as more than maxBytes have come. */
async function collect(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of body) {
      bytes += part.length;
      if (bytes > maxBytes) {
        throw new ImpastoError('picture-too-large', `It has more than ${Math.round(maxBytes / 1e6)} MB.`, {
          advice: 'Use a smaller one.',
        });
      }
      parts.push(part);
    }
  } catch (cause) {
    if (cause instanceof ImpastoError) throw cause;
    throw failed('It broke off on its way.', cause);
  }
  return Buffer.concat(parts);
}

function failed(message: string, cause?: unknown): ImpastoError {
  return new ImpastoError('download-failed', message, { advice: 'Attach the picture anew.', cause });
}
