import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FOREIGN_HOST } from './model/attachment.ts';
import type { World } from './world.ts';

/** Hosts of Discord's that serve attachments. */
const HOSTS: readonly string[] = ['cdn.discordapp.com', 'media.discordapp.net'];

/** Whether the CDN serves this path. */
export function isOnCdn(path: string): boolean {
  return /^\/(ephemeral-)?attachments\//.test(path);
}

/** Serves an attachment, with what is odd about it. */
export async function serveAttachment(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const attachment = world.attachments.get(url.pathname);
  world.fetched.push(url.pathname);
  if (!attachment?.admits(url.searchParams)) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('This content is no longer available.');
    return;
  }
  const { trick, content } = attachment.file;
  if (trick === 'redirect') {
    response.writeHead(302, { location: `https://${FOREIGN_HOST}${url.pathname}` }).end();
    return;
  }
  const type = attachment.contentType ?? 'application/octet-stream';
  if (trick !== 'endless') {
    response.writeHead(200, { 'content-type': type, 'content-length': content.length }).end(content);
    return;
  }
  response.writeHead(200, { 'content-type': type });
  const chunk = Buffer.alloc(16_384, content);
  const goOn = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', goOn);
  goOn();
  await once(response, 'close');
}

/**
 * A `fetch` that finds Discord's CDN here. A request to any other host is what an attacker wants of a bot, so it is
 * noted and fails.
 */
export function cdnFetch(world: World, base: () => string): typeof fetch {
  const fetchCdn = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (!HOSTS.includes(url.host) && url.origin !== base()) {
      world.violate(`cdn: fetched from ${url.host}`);
      throw new TypeError(`fetch failed: ${url.host} is not reachable from here`);
    }
    const response = await fetch(new URL(url.pathname + url.search, base()), { ...init, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || !location) {
      return Object.defineProperty(response, 'url', { value: url.href });
    }
    if (init.redirect === 'manual') return response;
    await response.body?.cancel();
    if (init.redirect === 'error') throw new TypeError('fetch failed: unexpected redirect');
    return fetchCdn(new URL(location, url), init);
  };
  return fetchCdn;
}
