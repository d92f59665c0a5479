import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { boundConnections, HEADER_TIMES } from '../http/connections.ts';
import { isLoopback, listen, namesLoopback } from '../http/listen.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** How the bot is. */
export interface Health {
  /** What is wrong, a sentence each, in words that anyone may read; empty when all is well. */
  readonly problems: readonly string[];
  /** Whatever else is worth telling, such as the version. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Options of {@link serveOps}. */
export interface OpsOptions {
  /** Name or address to listen on. */
  readonly host: string;
  /** 0 is any free one. */
  readonly port: number;
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  readonly health: () => Promise<Health>;
  readonly log: Pick<Logger, 'error'>;
  /** Milliseconds that health or metrics may take before they count as failed; 5000 by default. */
  readonly answerWithinMs?: number;
}

/** A server of health and metrics. */
export interface OpsServer {
  /** Such as `http://127.0.0.1:8460`. */
  readonly url: string;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** Who watches an instance asks now and then. */
const CONNECTIONS = { all: 200, ofNetwork: 50 } as const;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly allow?: string;
}

/**
 * Serves `/healthz` (200 when all is well, else 503) and `/metrics`, to GET and HEAD. Listening on loopback, it
 * answers no request for another host: a page on a name that its owner points to 127.0.0.1 could read it otherwise.
 *
 * @throws ImpastoError `bad-setting` when it cannot listen there.
 */
export async function serveOps(options: OpsOptions): Promise<OpsServer> {
  const { host, port, log } = options;
  const server = createServer({
    ...HEADER_TIMES,
    requestTimeout: 10_000,
    keepAliveTimeout: 5000,
  });
  boundConnections(server, CONNECTIONS, isLoopback);
  const { url, onlyLoopback } = await listen(server, {
    host,
    port,
    variables: 'IMPASTO_HTTP',
    otherwise: 'to off for none',
  });
  // Without a listener, running out of file descriptors on a new connection would end the process.
  server.on('error', (err) => log.error({ err }, 'The health and metrics server had a failure'));
  const pages = pagesOf(options);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const isForeign = onlyLoopback && !namesLoopback(request.headers.host ?? 'localhost');
    const answer = isForeign ? Promise.resolve(notServed) : route(request, pages);
    answer.then(
      (ready) => send(response, ready),
      (err: unknown) => {
        log.error({ err }, `${request.url} could not be answered`);
        send(response, plain(503, 'This could not be told; the log has more.'));
      },
    );
  });
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const notServed = plain(403, 'This host is not served here.');

type Pages = ReadonlyMap<string, () => Promise<Answer>>;

async function route({ method, url }: IncomingMessage, pages: Pages): Promise<Answer> {
  const page = pages.get(url ?? '');
  if (page === undefined) return plain(404, 'There is /healthz and /metrics.');
  if (method !== 'GET' && method !== 'HEAD') {
    return { ...plain(405, 'Only GET and HEAD are understood.'), allow: 'GET, HEAD' };
  }
  return page();
}

function pagesOf({ health, metrics, log, answerWithinMs = 5000 }: OpsOptions): Pages {
  const healthz = async (): Promise<Answer> => {
    const { problems, details } = await within(answerWithinMs, health()).catch((err: unknown): Health => {
      log.error({ err }, 'The health check failed');
      return { problems: ['The health check itself failed; the log has more.'] };
    });
    const isWell = problems.length === 0;
    const body = isWell ? { ...details, status: 'ok' } : { ...details, status: 'failing', problems };
    const type = 'application/json; charset=utf-8';
    return { status: isWell ? 200 : 503, type, body: `${JSON.stringify(body)}\n` };
  };
  const figures = async (): Promise<Answer> => {
    const body = await within(answerWithinMs, metrics.text());
    return { status: 200, type: metrics.contentType, body };
  };
  return new Map([
    ['/healthz', healthz],
    ['/metrics', figures],
  ]);
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It took longer than ${ms} ms.`)), ms).unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function plain(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` };
}

function send(response: ServerResponse, { status, type, body, allow }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(allow !== undefined && { allow }),
  });
  response.end(body);
}
