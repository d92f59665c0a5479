import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';

const PROGRAM = '/usr/bin/redis-server';

/** Why tests with a Redis server are skipped; undefined where they run. */
export const noRedis = existsSync(PROGRAM)
  ? undefined
  : 'Redis is not installed (Debian’s package redis-server has it)';

/** A Redis server of its own, on loopback. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, options: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#options = options;
  }

  /**
   * Starts one on a free port.
   *
   * @param options.appendOnly - whether a restart keeps what was in it
   */
  static async start({ appendOnly = false, password = '' } = {}): Promise<RedisServer> {
    const folder = await mkdtemp(path.join(tmpdir(), 'impasto-redis-'));
    const persistence = appendOnly
      ? ['--appendonly', 'yes', '--appendfsync', 'always']
      : ['--appendonly', 'no'];
    const guard = password === '' ? [] : ['--requirepass', password];
    const server = new RedisServer(await freePort(), folder, [...persistence, ...guard]);
    await server.resume();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Ends the process at once; what it has not written is lost. */
  async kill(): Promise<void> {
    const process = this.#process;
    if (!process) return;
    this.#process = undefined;
    process.kill('SIGKILL');
    await once(process, 'exit');
  }

  /** Starts the process, on the same port; settles when it answers. */
  async resume(): Promise<void> {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    const process = spawn(PROGRAM, [...options, ...this.#options], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = process;
    let said = '';
    for await (const chunk of process.stdout) {
      said += chunk;
      if (said.includes('Ready to accept connections')) break;
    }
    process.stdout.resume();
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** A connection to look into the server with. */
  look(): Redis {
    return new Redis(this.url, { lazyConnect: false });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
