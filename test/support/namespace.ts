import { execFile } from 'node:child_process';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A network of its own on this machine, as of another one, whose cable can be cut. */
export interface Namespace extends AsyncDisposable {
  /** Puts this in front of a command, which then runs in the namespace. */
  readonly prefix: readonly string[];
  /** Lets what is at a port of 127.0.0.1 be reached from the namespace; @returns where, as `address:port`. */
  reach(port: number): Promise<string>;
  /** From now on nothing comes through, without a word to either end. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** Why there can be no namespaces here; undefined when there can. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  const name = `impasto-try-${process.pid}`;
  try {
    await run('ip', ['netns', 'add', name]);
    await run('ip', ['netns', 'delete', name]);
    return undefined;
  } catch {
    return 'a network namespace needs root and the Debian package iproute2';
  }
}

/** Opens a namespace that is tied to this one by a pair of virtual cards. */
export async function openNamespace(): Promise<Namespace> {
  const id = process.pid % 10_000;
  const [name, ours, theirs] = [`impasto-${id}`, `imp-a${id}`, `imp-b${id}`];
  const subnet = `10.213.${id % 250}`;
  const ip = (...args: string[]) => run('ip', args);
  const inside = (...args: string[]) => ip('-n', name, ...args);
  await ip('netns', 'add', name);
  await ip('link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs, 'netns', name);
  await ip('address', 'add', `${subnet}.1/30`, 'dev', ours);
  await inside('address', 'add', `${subnet}.2/30`, 'dev', theirs);
  await ip('link', 'set', ours, 'up');
  await inside('link', 'set', theirs, 'up');
  await inside('link', 'set', 'lo', 'up');
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  return {
    prefix: ['ip', 'netns', 'exec', name],
    async reach(port) {
      const server = createServer((there) => {
        const here = connect(port, '127.0.0.1');
        for (const [from, to] of [
          [there, here],
          [here, there],
        ] as const) {
          sockets.add(from);
          from.on('error', () => to.destroy()).on('close', () => to.destroy());
          from.pipe(to);
        }
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, `${subnet}.1`, resolve));
      return `${subnet}.1:${(server.address() as { port: number }).port}`;
    },
    async cut() {
      await ip('link', 'set', ours, 'down');
    },
    async mend() {
      await ip('link', 'set', ours, 'up');
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
      await ip('netns', 'delete', name);
    },
  };
}
