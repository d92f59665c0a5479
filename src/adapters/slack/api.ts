import { setTimeout as delay } from 'node:timers/promises';
import { webApi } from '@slack/bolt';
import { LRUCache } from 'lru-cache';
import { ImpastoError } from '../../nst/errors.ts';
import { chatError, isDoubtful, retryAfter } from './failures.ts';
import { slackLogger } from './log.ts';
import { METHODS, type MethodName } from './methods.ts';
import { Pace } from './pace.ts';

/** How often a call is tried, 429s included, before Slack counts as out of reach. */
const ATTEMPTS = 5;
/** Pause after an answer that was lost, each time twice as long. */
const PAUSE_MS = 500;
const TIMEOUT_MS = 60_000;
/** Methods and channels whose calls are counted. */
const MAX_PACES = 1000;

/** Methods of which a second call would be a second message. */
const ONCE: ReadonlySet<MethodName> = new Set(['chat.postMessage', 'chat.postEphemeral', 'views.open']);

export type Answer = webApi.WebAPICallResult & Readonly<Record<string, unknown>>;

/** Options of {@link SlackApi}. */
export interface SlackApiOptions {
  readonly token: string;
  /** Base address of the API, for a proxy; ends with a slash. */
  readonly api?: string;
}

/** Slack's Web API within its limits: paced by each method's tier, waiting as it says, repeating what may be repeated. */
export class SlackApi {
  readonly #client: webApi.WebClient;
  readonly #paces = new LRUCache<string, Pace>({ max: MAX_PACES });

  constructor({ token, api }: SlackApiOptions) {
    this.#client = new webApi.WebClient(token, {
      ...(api !== undefined && { slackApiUrl: api }),
      // The client itself would repeat for half an hour, and post twice what was posted but not answered.
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: TIMEOUT_MS,
      logger: slackLogger(),
    });
  }

  /** @throws ImpastoError as the contract of chats says, or Slack's error where that has no word for it. */
  async call(method: MethodName, args: Record<string, unknown> = {}): Promise<Answer> {
    try {
      return await this.raw(method, args);
    } catch (error) {
      throw chatError(error);
    }
  }

  /** The same; Slack's errors are thrown as they are. */
  async raw(method: MethodName, args: Record<string, unknown> = {}): Promise<Answer> {
    const name = method === 'chat.postMessage' ? `${method} ${args.channel}` : method;
    const pace = this.#pace(name, METHODS[method].perMinute);
    return this.#repeat(pace, !ONCE.has(method), async () => {
      return (await this.#client.apiCall(method, args)) as Answer;
    });
  }

  /** Sends a file's bytes to the address that Slack gave for them. */
  async send(address: string, bytes: Uint8Array): Promise<void> {
    await this.#repeat(
      this.#pace('upload', METHODS['files.getUploadURLExternal'].perMinute),
      true,
      async () => {
        const response = await fetch(address, {
          method: 'POST',
          body: Buffer.from(bytes),
          redirect: 'error',
          signal: AbortSignal.timeout(TIMEOUT_MS),
        }).catch((cause) => {
          throw Object.assign(new Error('The upload broke off.', { cause }), {
            code: 'slack_webapi_request_error',
          });
        });
        await response.body?.cancel();
        if (response.ok) return;
        const seconds = Number(response.headers.get('retry-after'));
        throw Object.assign(
          new Error(`Slack answered an upload with ${response.status}.`),
          response.status === 429 ? { retryAfter: seconds || 1 } : { code: 'slack_webapi_http_error' },
        );
      },
    ).catch((error) => {
      throw chatError(error);
    });
  }

  #pace(name: string, perMinute: number): Pace {
    const known = this.#paces.get(name);
    if (known) return known;
    const pace = new Pace(perMinute);
    this.#paces.set(name, pace);
    return pace;
  }

  async #repeat<Result>(pace: Pace, repeatable: boolean, attempt: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      await pace.next();
      try {
        return await attempt();
      } catch (error) {
        const wait = retryAfter(error);
        if (wait !== undefined) pace.block(wait);
        const again = wait !== undefined || (repeatable && isDoubtful(error));
        if (!again || error instanceof ImpastoError || tries === ATTEMPTS) throw error;
        if (wait === undefined) await delay(PAUSE_MS * 2 ** (tries - 1));
      }
    }
  }
}
