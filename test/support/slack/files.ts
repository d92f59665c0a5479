import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf } from './web-api.ts';
import type { World } from './world.ts';

const LOGIN_PAGE = '<!DOCTYPE html><html><head><title>Sign in to Slack</title></head></html>';

/** Takes the bytes of an upload. */
export async function takeUpload(world: World, request: IncomingMessage, response: ServerResponse) {
  const file = world.files.get(request.url?.split('/').at(-1) ?? '');
  const bytes = await bodyOf(request);
  if (!file || file.bytes) {
    response.writeHead(404).end('no such upload');
  } else if (bytes.length !== file.length) {
    world.violate(`an upload of ${bytes.length} bytes was announced with ${file.length}`);
    response.writeHead(400).end('length mismatch');
  } else {
    file.bytes = bytes;
    response.writeHead(200).end(`OK - ${bytes.length}`);
  }
}

/** Serves a file to the bot; whoever has no right to it gets the login page, with status 200. */
export function serveFile(world: World, request: IncomingMessage, response: ServerResponse): void {
  const { options } = world;
  const id = /^\/files-pri\/\w+-(\w+)\//.exec(request.url ?? '')?.[1] ?? '';
  const file = world.files.get(id);
  const allowed =
    request.headers.authorization === `Bearer ${options.botToken}` &&
    options.app.scopes.includes('files:read');
  if (!allowed) {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(LOGIN_PAGE);
  } else if (!file?.bytes || file.deleted) {
    response.writeHead(404, { 'Content-Type': 'text/html; charset=utf-8' }).end('not found');
  } else {
    response.writeHead(200, { 'Content-Type': file.mimetype }).end(file.bytes);
  }
}

/** `fetch` that finds files.slack.com on this machine, and tells a test where else it was sent. */
export function filesFetch(world: World, origin: () => string): typeof fetch {
  return (input, init) => {
    const url = new URL(String(input));
    if (url.hostname === '127.0.0.1') return fetch(url, init);
    if (url.host !== 'files.slack.com') world.violate(`the token was sent to ${url.host}`);
    return fetch(`${origin()}${url.pathname}`, init);
  };
}
