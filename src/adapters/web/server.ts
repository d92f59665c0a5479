import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import type { DeliveryImages } from '../../delivery-images/delivery-images.ts';
import { boundConnections, type ConnectionCaps, HEADER_TIMES } from '../../http/connections.ts';
import { isLoopback, listen, namesLoopback } from '../../http/listen.ts';
import type { Client } from '../../http/proxies.ts';
import type { PictureStore } from '../../store/pictures.ts';
import { pageRoutes, pictureRoutes } from './assets.ts';
import { boundRequests, type ClientEnv, knowClient, safeHeaders, sameSite } from './guards.ts';
import { isUnforeseen, nothingThere, refuse } from './refusals.ts';
import { apiRoutes, type Services } from './routes.ts';

/** Where the studio listens, and for how long it does. */
export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** A request that has not arrived after so many milliseconds is answered with 408 and ended. */
  readonly requestMs: number;
  readonly connections: ConnectionCaps;
  readonly log: Pick<Logger, 'error' | 'warn'>;
}

/**
 * Serves the studio.
 *
 * @throws ImpastoError `bad-setting` when it cannot listen there.
 */
export async function serveStudio(
  services: Services,
  pictures: PictureStore,
  images: DeliveryImages,
  { host, port, requestMs, connections, log }: ServerOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  let onlyLoopback = true;
  // A proxy serves the studio under another name; there the token keeps out who only points a name of theirs at it.
  const serves = (called: string, client: Client) =>
    !onlyLoopback || namesLoopback(called) || (client.byProxy && services.door.isLocked);
  const app = new Hono<ClientEnv>()
    .use('*', safeHeaders)
    .use('*', knowClient(services.proxies, log))
    .use('*', boundRequests())
    .use('*', sameSite(serves))
    .route('/api', apiRoutes(services))
    .use('/gallery/*', services.door.guard)
    .use('/pictures/*', services.door.guard)
    .route('/', pictureRoutes(services.assets, pictures, images))
    .route('/', pageRoutes(services.assets));
  app.notFound((context) => refuse(context, nothingThere()));
  app.onError((error, context) => {
    if (isUnforeseen(error)) log.error({ err: error, path: context.req.path }, 'the studio could not answer');
    return refuse(context, error);
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout: Math.min(HEADER_TIMES.headersTimeout, requestMs),
      requestTimeout: requestMs,
      keepAliveTimeout: 5000,
      connectionsCheckingInterval: Math.min(HEADER_TIMES.connectionsCheckingInterval, requestMs),
    },
  }) as Server;
  // This machine's address, as a proxy's, is everybody's who has come to it.
  boundConnections(server, connections, (address) => isLoopback(address) || services.proxies.trusts(address));
  const listening = await listen(server, {
    host,
    port,
    variables: 'IMPASTO_STUDIO',
    otherwise: 'IMPASTO_STUDIO to off',
  });
  onlyLoopback = listening.onlyLoopback;
  server.on('error', (err) => log.error({ err }, 'the studio’s server had a failure'));
  return {
    url: listening.url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
