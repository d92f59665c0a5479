import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net, { type AddressInfo, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** What can befall a process: it is stuck, its child is, or it has a defect. */
export type Trouble =
  | 'stuck in native code'
  | 'stuck in a loop'
  | 'a child that hears nothing'
  | 'a forgotten promise';

/** Somewhere for processes to report to, so that a test sees each of them end. */
export interface Watch {
  /** Environment in which a process whose module's path has `service` in it gets into trouble, as soon as it is told to. */
  readonly env: Readonly<Record<string, string>>;
  /** Settles with the connection of the next process that reports. */
  next(): Promise<Socket>;
}

/** Listens for processes that are about to get into trouble. */
export async function watchTrouble(trouble: Trouble): Promise<Watch> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'impasto-trouble-'));
  const pipe = path.join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const server = net.createServer();
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  const connections: Socket[] = [];
  server.on('connection', (socket) => {
    // A process that is killed may reset it.
    socket.on('error', () => {});
    connections.push(socket);
    server.emit('reported');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const code = `import net from 'node:net';
    import { open } from 'node:fs';
    import { spawn } from 'node:child_process';
    if (process.argv[1]?.includes('service')) {
      const socket = net.connect(${port}, '127.0.0.1');
      socket.unref();
      const ways = {
        // Nobody writes to the pipe: opening it holds the threads that libuv has until it is opened.
        'stuck in native code': () => { for (let i = 0; i < 8; i++) open(${JSON.stringify(pipe)}, () => {}); },
        'stuck in a loop': () => { for (;;); },
        'a child that hears nothing': () => spawn(process.execPath, ['-e', ${JSON.stringify(
          `const socket = require('node:net').connect(${port}, '127.0.0.1', () =>
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))`,
        )}], { env: {}, stdio: 'ignore' }),
        'a forgotten promise': () => Promise.reject(new Error('a forgotten promise')),
      };
      socket.once('data', () => socket.write(String(process.pid), ways[${JSON.stringify(trouble)}]));
    }`;
  return {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` },
    async next() {
      while (connections.length === 0) await once(server, 'reported');
      return connections.shift() as Socket;
    },
  };
}

/** Lets a process get into its trouble, and settles when it is about to; it is gone when the test is over. */
export async function befall(socket: Socket): Promise<void> {
  socket.write('go');
  const [pid] = await once(socket, 'data');
  onTestFinished(() => {
    // With all that it has started; mostly it is gone by then.
    if (!socket.closed) process.kill(-Number(pid), 'SIGKILL');
  });
}

/** Settles when the process at the other end has ended. */
export async function ended(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.closed) await once(socket, 'close');
}
