import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type App, HTTPReceiver, SocketModeReceiver } from '@slack/bolt';
import type { Logger } from 'pino';
import { boundConnections, HEADER_TIMES } from '../../http/connections.ts';
import { isLoopback } from '../../http/listen.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { chatError, tokenError } from './failures.ts';
import { slackLogger } from './log.ts';

/** How events come. */
export type ConnectionOptions =
  /** By Socket Mode: over a connection that the bot opens. */
  | { readonly appToken: string }
  /** By HTTP: to an address of the bot, signed by Slack. Port 0 is any free one. */
  | {
      readonly signingSecret: string;
      readonly host: string;
      readonly port: number;
      /** Is told where it listens. */
      readonly onListening?: (port: number) => void;
    };

/** The way in which events come. */
export interface Connection {
  readonly receiver: NonNullable<ConstructorParameters<typeof App>[0]>['receiver'] & object;
  /** Returns once events can arrive. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Pauses between attempts to connect anew, in milliseconds. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/** Slack sends from a few addresses; behind a proxy, all comes from that of the proxy. */
const CONNECTIONS = { all: 1000, ofNetwork: 300 } as const;

/** The path that Slack sends everything to. */
export const ENDPOINT = '/slack/events';

/** @param api - base address of the Web API, for a proxy. */
export function connectionBy(options: ConnectionOptions, log: Logger, api: string | undefined): Connection {
  return 'appToken' in options ? bySocket(options, log, api) : byHttp(options, log);
}

/**
 * Socket Mode. It connects anew by itself: the client's own way waits five seconds each time, and fails unheard when
 * the connection cannot be asked for.
 */
function bySocket({ appToken }: { appToken: string }, log: Logger, api: string | undefined): Connection {
  const receiver = new SocketModeReceiver({
    appToken,
    logger: slackLogger(log),
    autoReconnectEnabled: false,
    installerOptions: {
      clientOptions: { retryConfig: { retries: 0 }, ...(api !== undefined && { slackApiUrl: api }) },
    },
  });
  const { client } = receiver;
  const stopping = new AbortController();
  let connecting = false;

  async function reconnect(): Promise<void> {
    if (connecting || stopping.signal.aborted) return;
    connecting = true;
    for (let pause = 0; !stopping.signal.aborted; ) {
      try {
        await client.start();
        log.info('Slack: connected again');
        break;
      } catch (err) {
        log.warn({ err }, 'Slack: no connection');
      }
      pause = Math.min(Math.max(2 * pause, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => {});
    }
    connecting = false;
  }

  return {
    receiver,
    async start() {
      try {
        await client.start();
      } catch (error) {
        throw tokenError(error, 'IMPASTO_SLACK_APP_TOKEN') ?? chatError(error);
      }
      client.on('disconnected', () => void reconnect());
    },
    async stop() {
      stopping.abort();
      await client.disconnect();
    },
  };
}

function byHttp(
  { signingSecret, host, port, onListening }: Extract<ConnectionOptions, { signingSecret: string }>,
  log: Logger,
): Connection {
  const receiver = new HTTPReceiver({ signingSecret, endpoints: ENDPOINT, logger: slackLogger(log) });
  let server: Server | undefined;
  return {
    receiver,
    async start() {
      try {
        server = (await receiver.start(
          { host, port },
          { ...HEADER_TIMES, requestTimeout: 10_000 },
        )) as Server;
        boundConnections(server, CONNECTIONS, isLoopback);
      } catch (cause) {
        throw new ImpastoError('bad-setting', `Nothing can listen on ${host}:${port} for Slack.`, {
          advice: 'Set IMPASTO_SLACK_HTTP_PORT to a port that is free.',
          cause,
        });
      }
      const address = server.address() as AddressInfo;
      log.info({ host, port: address.port, path: ENDPOINT }, 'Slack: listening');
      onListening?.(address.port);
    },
    async stop() {
      if (!server?.listening) return;
      const stopped = receiver.stop();
      server.closeIdleConnections();
      await stopped;
    },
  };
}
