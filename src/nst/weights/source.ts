import { ImpastoError } from '../errors.ts';

const maxRedirects = 5;

/**
 * Checks the base URL of the weights' files: https, or plain http on this machine's loopback interface.
 *
 * @returns the URL, ending in '/'
 * @throws ImpastoError `bad-setting`
 */
export function parseSource(source: string): URL {
  const url = parse(source.endsWith('/') ? source : `${source}/`);
  if (url === undefined || !(isHttps(url) || isLoopback(url)) || url.username !== '' || url.password !== '')
    throw new ImpastoError(
      'bad-setting',
      'The source of the weights is not a URL that Impasto downloads from.',
      {
        advice:
          'Set IMPASTO_MODELS_URL to an https:// URL that ends in / and has no user name or password in it; ' +
          'http:// is for this machine (127.0.0.1) only.',
      },
    );
  return url;
}

/**
 * Requests a file from byte `from` on. Redirects are followed to any https host, because checksums and not hosts
 * vouch for the bytes; but never to plain http, nor from elsewhere to this machine's own services.
 *
 * @returns the response, whatever its status, unless it is a redirect
 * @throws ImpastoError `download-failed` when a redirect leads where it must not
 * @throws TypeError when the network fails; the signal's reason when it is aborted
 */
export async function request(url: URL, from: number, signal: AbortSignal): Promise<Response> {
  // Without "identity" a server may compress, and a range would then count compressed bytes.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (from > 0) headers.range = `bytes=${from}-`;
  let here = url;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const response = await fetch(here, { headers, signal, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    const next = parse(location, here);
    if (next === undefined || !(isHttps(next) || (isLoopback(next) && isLoopback(url))))
      throw new ImpastoError('download-failed', `${url.href} redirects to ${location}, which is not https.`, {
        advice: 'Set IMPASTO_MODELS_URL to a source that is served over https.',
      });
    here = next;
  }
  throw new ImpastoError('download-failed', `${url.href} redirects more than ${maxRedirects} times.`, {
    advice: 'Set IMPASTO_MODELS_URL to a source that serves the files themselves.',
  });
}

function parse(text: string, base?: URL): URL | undefined {
  return URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
}

function isHttps(url: URL): boolean {
  return url.protocol === 'https:';
}

function isLoopback(url: URL): boolean {
  return url.protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname);
}
