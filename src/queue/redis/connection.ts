import { setTimeout as delay } from 'node:timers/promises';
import { Redis, type RedisOptions, ReplyError } from 'ioredis';
import { ImpastoError } from '../../nst/errors.ts';
import { Names } from './names.ts';

/** Options of {@link connectRedis}. */
export interface ConnectOptions {
  /** `redis://[[user]:password@]host[:port][/database]`, or `rediss://` for TLS. */
  readonly url: string;
  /** What the names of all keys begin with; default `impasto`. */
  readonly prefix?: string;
  /** Told once when the server cannot be reached any more, and of errors that no command reports. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds that the first connection may take; default 10 000. */
  readonly connectWithinMs?: number;
  /** Milliseconds between two attempts to connect again, at most; default 2000. */
  readonly reconnectMs?: number;
}

/** A Redis server that can be reached, by as many connections as are needed. */
export interface RedisLink {
  readonly names: Names;
  /** For single commands: one fails at once while the server is away, and after 5 seconds without an answer. */
  readonly redis: Redis;
  /** Whether the server can be reached now. */
  readonly isReady: boolean;
  /** Settles when the server cannot be reached. */
  away(): Promise<void>;
  /** Whether the link has been closed. */
  readonly isClosed: boolean;
  /** Another connection, whose commands wait while the server is away. The link closes it. */
  open(): Redis;
  /** Closes all connections. */
  close(): Promise<void>;
}

const ANSWER_WITHIN_MS = 5000;

/**
 * Connects to Redis 6.2 or newer.
 *
 * @throws ImpastoError `queue-failed` when it cannot be reached, with the address but without the password.
 */
export async function connectRedis(options: ConnectOptions): Promise<RedisLink> {
  const link = new Link(options);
  try {
    await link.connected(options.connectWithinMs ?? 10_000);
  } catch (cause) {
    await link.close();
    throw new ImpastoError('queue-failed', `Redis at ${addressOf(options.url)} cannot be reached.`, {
      advice: 'Start it, or correct IMPASTO_REDIS_URL; the user and the password are part of it.',
      cause,
    });
  }
  return link;
}

class Link implements RedisLink {
  readonly names: Names;
  readonly redis: Redis;
  readonly #options: ConnectOptions;
  readonly #connections = new Set<Redis>();
  #isClosed = false;
  #lastError: unknown;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.names = new Names(options.prefix ?? 'impasto');
    this.redis = this.#open({
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: ANSWER_WITHIN_MS,
    });
    let told = false;
    this.redis.on('error', (error) => {
      if (!told && this.#connectedOnce) options.onError(error);
      told = true;
      this.#lastError = error;
    });
    this.redis.on('ready', () => {
      told = false;
      this.#connectedOnce = true;
    });
  }

  #connectedOnce = false;

  get isReady(): boolean {
    return this.redis.status === 'ready';
  }

  async away(): Promise<void> {
    if (this.isReady) await this.#heard('close');
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Settles when the server answers, which is waited for while it cannot be reached.
   *
   * @throws the server's refusal, at once, or what has kept it from being reached in time.
   */
  async connected(withinMs: number): Promise<void> {
    if (this.isReady) return;
    const patience = new AbortController();
    const tooLate = delay(withinMs, undefined, { signal: patience.signal }).then(() => {
      throw this.#lastError ?? new Error('There was no answer in time');
    });
    const refused = new Promise<never>((_, reject) => {
      // What the server says for itself, as of a wrong password, does not mend itself.
      this.redis.on('error', (error) => error instanceof ReplyError && reject(error));
    });
    try {
      await Promise.race([this.#heard('ready'), refused, tooLate]);
    } finally {
      patience.abort();
    }
  }

  open(): Redis {
    const redis = this.#open({ maxRetriesPerRequest: null });
    // The link's own connection tells that the server is away; once is enough.
    redis.on('error', () => {});
    return redis;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const redis of this.#connections) redis.disconnect();
  }

  /** Unlike once(), not ended by an error: each attempt to connect has its own. */
  #heard(event: 'ready' | 'close'): Promise<void> {
    return new Promise((resolve) => this.redis.once(event, resolve));
  }

  #open(options: RedisOptions): Redis {
    const slowest = this.#options.reconnectMs ?? 2000;
    const redis = new Redis(this.#options.url, {
      ...options,
      keepAlive: 10_000,
      retryStrategy: (attempts) => (this.#isClosed ? null : Math.min(50 * 2 ** attempts, slowest)),
    });
    this.#connections.add(redis);
    redis.once('end', () => this.#connections.delete(redis));
    return redis;
  }
}

function addressOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return 'the configured address';
  }
}
