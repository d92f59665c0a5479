import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { Logger } from 'pino';
import { type Client, networkOf, type Proxies } from '../../http/proxies.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { notAllowed } from './refusals.ts';
import { Throttle } from './throttle.ts';

/** What every request of the studio knows. */
export interface ClientEnv {
  Bindings: HttpBindings;
  Variables: { client: Client };
}

/** Lets what follows know where a request comes from; warns once of a proxy that is not trusted. */
export function knowClient(proxies: Proxies, log: Pick<Logger, 'warn'>): MiddlewareHandler<ClientEnv> {
  let hasWarned = false;
  return async (context, next) => {
    const client = proxies.clientOf(context.env.incoming);
    context.set('client', client);
    if (!hasWarned && !client.byProxy && context.req.header('x-forwarded-for') !== undefined) {
      hasWarned = true;
      log.warn(
        'requests come with X-Forwarded-For from an address that IMPASTO_TRUSTED_PROXY does not name: behind a proxy, all visitors of the studio count as one',
      );
    }
    await next();
  };
}

/** Requests in hand from one network behind a proxy: a page has a few. */
const MOST_REQUESTS = 100;

/** Bounds what each network has in hand behind a proxy, whose connections do not tell who has how many. */
export function boundRequests(): MiddlewareHandler<ClientEnv> {
  const inHand = new Map<string, number>();
  return async (context, next) => {
    const { address, byProxy } = context.get('client');
    if (!byProxy) return next();
    const network = networkOf(address);
    const count = inHand.get(network) ?? 0;
    if (count >= MOST_REQUESTS) {
      const advice = 'Wait until some have been answered.';
      throw new ImpastoError('over-limit', 'Too many requests come from your network at once.', { advice });
    }
    inHand.set(network, count + 1);
    context.env.outgoing.once('close', () => {
      const left = (inHand.get(network) ?? 1) - 1;
      if (left === 0) inHand.delete(network);
      else inHand.set(network, left);
    });
    return next();
  };
}

/** The page is its own and nobody else's: it loads nothing from elsewhere and cannot be framed. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Sets the headers of every answer. */
export const safeHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
  if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store');
};

/**
 * Refuses what another site's page sends: by the name that it calls this machine (a name of its own that points to
 * 127.0.0.1 is none of ours), by where it says it comes from, and by what the browser says of it.
 *
 * @param serves - whether a request may call the studio by this host.
 */
export function sameSite(serves: (host: string, client: Client) => boolean): MiddlewareHandler<ClientEnv> {
  return async (context, next) => {
    const host = context.req.header('host') ?? '';
    const client = context.get('client');
    if (!serves(host, client)) {
      throw notAllowed(
        'This host is not served here.',
        'Use the address that the studio printed at its start.',
      );
    }
    const origin = context.req.header('origin');
    const site = context.req.header('sec-fetch-site');
    const schemes = client.scheme ? [client.scheme] : ['http', 'https'];
    const isForeign =
      (origin !== undefined && !schemes.some((scheme) => origin === `${scheme}://${host}`)) ||
      site === 'cross-site' ||
      site === 'same-site';
    // A link on another site may lead here, to the page itself; nothing else is for other sites.
    const isVisit = context.req.method === 'GET' && context.req.header('sec-fetch-mode') === 'navigate';
    if (isForeign && !(isVisit && context.req.path === '/')) {
      throw notAllowed('This came from another site.', 'Use the studio’s own page.');
    }
    await next();
  };
}

const COOKIE = 'impasto-studio';
const COOKIE_SECONDS = 30 * 86_400;
/** Wrong tokens of one network in a minute; further ones are told to wait. */
const WRONG_TOKENS = { most: 10, withinMs: 60_000, networks: 10_000 } as const;

/** Lets in who knows the token; everybody where there is none. */
export class Door {
  readonly #token: string | undefined;
  readonly #proof: Buffer;
  readonly #wrong = new Throttle(WRONG_TOKENS);

  constructor(token: string | undefined, secret: Buffer) {
    this.#token = token;
    // Another token, or another instance's secret, closes the door on who came in before.
    this.#proof = createHmac('sha256', secret).update(`door ${token}`).digest();
  }

  /** Whether it asks for a token. */
  get isLocked(): boolean {
    return this.#token !== undefined;
  }

  isOpenTo(context: Context): boolean {
    if (this.#token === undefined) return true;
    const shown = Buffer.from(getCookie(context, COOKIE) ?? '', 'base64url');
    return shown.length === this.#proof.length && timingSafeEqual(shown, this.#proof);
  }

  readonly guard: MiddlewareHandler = async (context, next) => {
    if (!this.isOpenTo(context)) throw notAllowed('The studio asks for its token.', 'Open its first page.');
    await next();
  };

  /**
   * Lets in who shows the right token, whoever else has shown wrong ones from the same address.
   *
   * @throws ImpastoError `not-allowed` for a wrong token, `over-limit` for one after too many.
   */
  enter<Env extends ClientEnv>(context: Context<Env>, token: string): void {
    const { address, scheme } = context.get('client');
    const digest = (text: string) => createHmac('sha256', this.#proof).update(text).digest();
    if (this.#token === undefined || !timingSafeEqual(digest(token), digest(this.#token))) {
      const network = networkOf(address);
      if (this.#wrong.hasHadEnough(network)) {
        throw new ImpastoError('over-limit', 'Too many wrong tokens.', { advice: 'Try again in a minute.' });
      }
      this.#wrong.note(network);
      throw notAllowed(
        'This is not the token.',
        'It is what IMPASTO_STUDIO_TOKEN says where the studio runs.',
      );
    }
    setCookie(context, COOKIE, this.#proof.toString('base64url'), {
      httpOnly: true,
      sameSite: 'Strict',
      secure: scheme === 'https',
      path: '/',
      maxAge: COOKIE_SECONDS,
    });
  }
}
