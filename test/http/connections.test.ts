import { EventEmitter, once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { boundConnections, type ConnectionCaps } from '../../src/http/connections.ts';

/** A server that answers `/` once a request has come to its end, and `/later` when the test says so. */
async function serve(caps: ConnectionCaps, isShared: (address: string) => boolean = () => true) {
  const later: ServerResponse[] = [];
  const told = new EventEmitter();
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.url === '/later') later.push(response);
      else response.end('answered');
    });
    request.on('error', () => {});
    told.emit('request');
  });
  boundConnections(server, caps, isShared);
  server.on('connection', () => told.emit('connection'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  /** Opens a connection from an address of this machine, sends something, and waits until the server has noticed. */
  const open = async (text = '', from = '127.0.0.1'): Promise<Socket> => {
    const noticed = once(told, text.includes('\r\n\r\n') ? 'request' : 'connection');
    const socket = net.connect({ port, host: '127.0.0.1', localAddress: from });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {}).resume();
    socket.write(text);
    await noticed;
    return socket;
  };
  /** An answer to a whole request; undefined where the connection was closed instead. */
  const ask = async (from = '127.0.0.1'): Promise<string | undefined> => {
    const asked = http.get({ port, host: '127.0.0.1', localAddress: from, agent: false });
    const response = (await once(asked, 'response').catch(() => [])) as [IncomingMessage?];
    return response[0] && String((await response[0].toArray()).join(''));
  };
  return { open, ask, later };
}

const headersThatDrip = 'GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ';
const bodyThatDrips = 'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\nbeg';
const wholeRequest = 'GET /later HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n';

describe('The connections of a server', () => {
  it.each([
    ['send nothing', ''],
    ['send their headers slowly', headersThatDrip],
    ['send what they have to say slowly', bodyThatDrips],
  ])('that %s leave room for others, however many there are', async (_, text) => {
    const { open, ask } = await serve({ all: 10, ofNetwork: 10 });
    const opened: Socket[] = [];
    for (let count = 0; count < 15; count++) {
      opened.push(await open(text));
      expect(await ask()).toBe('answered');
    }
    // The oldest have made room.
    await Promise.all(opened.slice(0, 5).map((socket) => socket.closed || once(socket, 'close')));
    expect(opened.at(-1)?.closed).toBe(false);
  });

  it('are closed where no request has come before those where one is coming', async () => {
    const { open, ask } = await serve({ all: 3, ofNetwork: 3 });
    const coming = await open(bodyThatDrips);
    const silent = await open();
    await open(bodyThatDrips);
    expect(await ask()).toBe('answered');
    if (!silent.closed) await once(silent, 'close');
    expect(coming.closed).toBe(false);
  });

  it('are never closed while a whole request is answered: others have to wait', async () => {
    const { open, ask, later } = await serve({ all: 3, ofNetwork: 3 });
    const sockets = [await open(wholeRequest), await open(wholeRequest), await open(wholeRequest)];
    expect(await ask()).toBeUndefined();
    await expect.poll(() => later.length).toBe(3);
    later.pop()?.end('answered in the end');
    expect(await once(sockets[2] as Socket, 'data').then(String)).toContain('answered in the end');
    expect(await ask()).toBe('answered');
  });

  it('of one network are so many, and take nothing from other networks', async () => {
    const { open, ask } = await serve({ all: 100, ofNetwork: 3 }, (address) => address === '127.0.0.9');
    const other = await open(headersThatDrip, '127.0.0.2');
    const many = [];
    for (let count = 0; count < 5; count++) many.push(await open(headersThatDrip, '127.0.0.3'));
    await Promise.all(many.slice(0, 2).map((socket) => socket.closed || once(socket, 'close')));
    expect(await ask('127.0.0.3')).toBe('answered');
    expect(other.closed).toBe(false);
    const shared = [];
    for (let count = 0; count < 5; count++) shared.push(await open(headersThatDrip, '127.0.0.9'));
    expect(await ask('127.0.0.9')).toBe('answered');
    expect(shared.map(({ closed }) => closed)).toEqual(Array(5).fill(false));
  });

  it('are taken from the network that has the most, where there are too many', async () => {
    const { open, ask } = await serve({ all: 4, ofNetwork: 10 });
    const few = await open(headersThatDrip, '127.0.0.2');
    const most = await open(headersThatDrip, '127.0.0.3');
    for (let count = 0; count < 2; count++) await open(headersThatDrip, '127.0.0.3');
    expect(await ask('127.0.0.4')).toBe('answered');
    if (!most.closed) await once(most, 'close');
    expect(few.closed).toBe(false);
  });
});
