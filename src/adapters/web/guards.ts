import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { namesLoopback } from '../../listen.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { notAllowed } from './refusals.ts';

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
 * @param onlyLoopback - whether the studio listens on this machine alone.
 */
export function sameSite(onlyLoopback: () => boolean): MiddlewareHandler {
  return async (context, next) => {
    const host = context.req.header('host') ?? '';
    if (onlyLoopback() && !namesLoopback(host)) {
      throw notAllowed(
        'This host is not served here.',
        'Use the address that the studio printed at its start.',
      );
    }
    const origin = context.req.header('origin');
    const site = context.req.header('sec-fetch-site');
    const isForeign =
      (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) ||
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
/** Wrong tokens that are answered in a minute, from everybody together. */
const WRONG_PER_MINUTE = 10;

/** Lets in who knows the token; everybody where there is none. */
export class Door {
  readonly #token: string | undefined;
  readonly #proof: Buffer;
  #wrong: number[] = [];

  constructor(token: string | undefined, secret: Buffer) {
    this.#token = token;
    // Another token, or another instance's secret, closes the door on who came in before.
    this.#proof = createHmac('sha256', secret).update(`door ${token}`).digest();
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

  /** @throws ImpastoError `not-allowed` for a wrong token, `over-limit` after too many. */
  enter(context: Context, token: string): void {
    const now = Date.now();
    this.#wrong = this.#wrong.filter((at) => now - at < 60_000);
    if (this.#wrong.length >= WRONG_PER_MINUTE) {
      throw new ImpastoError('over-limit', 'Too many wrong tokens.', { advice: 'Try again in a minute.' });
    }
    const digest = (text: string) => createHmac('sha256', this.#proof).update(text).digest();
    if (this.#token === undefined || !timingSafeEqual(digest(token), digest(this.#token))) {
      this.#wrong.push(now);
      throw notAllowed(
        'This is not the token.',
        'It is what IMPASTO_STUDIO_TOKEN says where the studio runs.',
      );
    }
    setCookie(context, COOKIE, this.#proof.toString('base64url'), {
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      maxAge: COOKIE_SECONDS,
    });
  }
}
