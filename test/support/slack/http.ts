import { createHmac } from 'node:crypto';
import type { Json } from './model.ts';
import type { World } from './world.ts';

const ACK_MS = 3000;
const RETRIES = 3;

/** Signed delivery over HTTP to the address that the app was set up with. */
export class HttpDelivery {
  deliveries = 1;
  /** Where the app listens. */
  url: string | undefined;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  async deliver(type: 'events_api' | 'slash_commands' | 'interactive', payload: Json): Promise<Json> {
    const answers = await Promise.all(
      Array.from({ length: this.deliveries }, () =>
        type === 'events_api' ? this.#persistently(payload) : this.#once(type, payload),
      ),
    );
    return answers[0] ?? {};
  }

  async #persistently(payload: Json): Promise<Json> {
    for (let attempt = 0; attempt <= RETRIES; attempt += 1) {
      try {
        return await this.#once('events_api', payload, attempt);
      } catch {
        // Sent again, as Slack does.
      }
    }
    return {};
  }

  /** The challenge that Slack sends when an address is set up; settles with what came back. */
  async verify(): Promise<unknown> {
    const response = await this.post(
      JSON.stringify({ type: 'url_verification', challenge: 'one two', token: 'verification-token' }),
      'application/json',
    );
    return ((await response.json()) as Json).challenge;
  }

  async #once(type: string, payload: Json, attempt = 0): Promise<Json> {
    const retry = attempt > 0 && {
      'X-Slack-Retry-Num': String(attempt),
      'X-Slack-Retry-Reason': 'http_timeout',
    };
    const [body, format] =
      type === 'events_api'
        ? [JSON.stringify(payload), 'application/json']
        : [
            new URLSearchParams(
              type === 'interactive'
                ? { payload: JSON.stringify(payload) }
                : (payload as Record<string, string>),
            ).toString(),
            'application/x-www-form-urlencoded',
          ];
    const response = await this.post(body, format, { ...(retry || {}) });
    if (!response.ok) throw new Error(`dispatch_failed: ${response.status}`);
    const text = await response.text();
    return text.startsWith('{') ? (JSON.parse(text) as Json) : {};
  }

  /** Sends a body as Slack signs it, or as a test would have it signed. */
  async post(
    body: string,
    format: string,
    headers: Record<string, string> = {},
    { secret = this.#world.options.signingSecret, at = Date.now() } = {},
  ): Promise<Response> {
    if (!this.url) throw new Error('dispatch_failed: the app listens nowhere');
    const timestamp = String(Math.floor(at / 1000));
    const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
    return fetch(this.url, {
      method: 'POST',
      body,
      headers: {
        'Content-Type': format,
        'X-Slack-Request-Timestamp': timestamp,
        'X-Slack-Signature': `v0=${signature}`,
        ...headers,
      },
      signal: AbortSignal.timeout(ACK_MS),
    });
  }
}
