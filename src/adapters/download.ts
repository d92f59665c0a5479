import { ImpastoError } from '../nst/errors.ts';

/** A platform's host of files, and how it is asked. */
export interface Source {
  /** The platform's name in messages. */
  readonly platform: string;
  /** Hosts that files are fetched from; nothing else is, whatever an event says. */
  readonly hosts: ReadonlySet<string>;
  readonly get: typeof fetch;
  readonly headers?: Readonly<Record<string, string>>;
  /** Looks at the answer's media type; what it throws is the failure. */
  check?(contentType: string): void;
}

/**
 * Fetches a file of a platform, as it comes, and counts it.
 *
 * @throws ImpastoError `download-failed`, `picture-too-large` as soon as more than maxBytes have come.
 */
export async function* download(
  address: string,
  source: Source,
  maxBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { platform, get, headers = {} } = source;
  const response = await get(allowed(address, source), { redirect: 'error', signal, headers }).catch(
    (cause) => {
      if (cause instanceof ImpastoError) throw cause;
      throw failed(signal.aborted ? 'It took too long to arrive.' : `${platform} did not send it.`, cause);
    },
  );
  try {
    if (!response.ok || !response.body) throw failed(`${platform} answered ${response.status}.`);
    source.check?.(response.headers.get('content-type') ?? '');
  } catch (error) {
    await response.body?.cancel();
    throw error;
  }
  yield* counted(response.body, maxBytes);
}

/** @throws ImpastoError `download-failed` for an address that is not the platform's. */
function allowed(address: string, { platform, hosts }: Source): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const plain = url?.port === '' && url.username === '' && url.password === '';
  if (url?.protocol === 'https:' && plain && hosts.has(url.hostname)) return url;
  throw failed(`Its address is not one of ${platform}’s.`);
}

async function* counted(body: ReadableStream<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const part of body) {
      bytes += part.length;
      if (bytes > maxBytes) {
        throw new ImpastoError('picture-too-large', `It has more than ${Math.round(maxBytes / 1e6)} MB.`, {
          advice: 'Use a smaller one.',
        });
      }
      yield part;
    }
  } catch (cause) {
    if (cause instanceof ImpastoError) throw cause;
    throw failed('It broke off on its way.', cause);
  }
}

function failed(message: string, cause?: unknown): ImpastoError {
  return new ImpastoError('download-failed', message, { advice: 'Attach the picture anew.', cause });
}
