import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { StudioAdapter, type StudioOptions } from '../../src/adapters/web/adapter.ts';
import type { WireMessage, WirePerson, WireUpdate } from '../../src/adapters/web/wire.ts';
import type { Bot } from '../../src/bot/bot.ts';
import type { ActionEvent, CommandEvent, Message } from '../../src/bot/chat.ts';
import type { Form } from '../../src/bot/forms.ts';
import { createLog } from '../../src/ops/log.ts';
import { imagesHere } from './in-this-process.ts';

/** What the studio answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of the body
  readonly body: any;
}

/** A page's end of the studio: one person. */
export class StudioVisitor {
  readonly url: string;
  readonly pass: string;
  readonly person: WirePerson;

  constructor(url: string, pass: string, person: WirePerson) {
    this.url = url;
    this.pass = pass;
    this.person = person;
  }

  static async enter(url: string, name = 'Ann'): Promise<StudioVisitor> {
    const { body } = await ask(url, '/api/people', { json: { name } });
    return new StudioVisitor(url, body.pass, body.person);
  }

  ask(address: string, request: Asked = {}): Promise<Answer> {
    return ask(this.url, address, { ...request, headers: { 'impasto-pass': this.pass, ...request.headers } });
  }

  async upload(bytes: Uint8Array, name = 'photo.png'): Promise<string> {
    const { body } = await this.ask(`/api/uploads?name=${encodeURIComponent(name)}`, { bytes });
    return body.id;
  }

  command(command: string, options: object = {}, more: object = {}): Promise<Answer> {
    return this.ask('/api/commands', { json: { command, options, ...more } });
  }

  act(message: string, action: string, more: object = {}): Promise<Answer> {
    return this.ask(`/api/messages/${message}/actions`, { json: { action, ...more } });
  }

  async updates(since = 0): Promise<WireUpdate> {
    return (await this.ask(`/api/updates?since=${since}`)).body;
  }

  async messages(): Promise<readonly WireMessage[]> {
    return (await this.updates()).messages;
  }
}

interface Asked {
  readonly method?: string;
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks the studio for something, as anybody could. */
export async function ask(url: string, address: string, request: Asked = {}): Promise<Answer> {
  const { json, bytes, headers } = request;
  const body = json !== undefined ? JSON.stringify(json) : bytes && new Uint8Array(bytes);
  const response = await fetch(`${url}${address}`, {
    method: request.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(json !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body }),
  });
  const isJson = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? await response.json() : new Uint8Array(await response.arrayBuffer()),
  };
}

/** An answer to a request whose every header is the test's own, as no browser would let a page choose them. */
export async function rawRequest(url: string, address: string, headers: Record<string, string>) {
  const asked = request(`${url}${address}`, { headers, setHost: headers.host === undefined });
  asked.end();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.on('response', resolve).on('error', reject);
  });
  return { status: response.statusCode, body: await text(response) };
}

/** A bot that notes what it is given and answers as it is told to. */
export class NotingBot implements Bot {
  readonly commands: CommandEvent[] = [];
  readonly actions: ActionEvent[] = [];
  answer: Message | undefined;

  async command(event: CommandEvent): Promise<void> {
    this.commands.push(event);
    if (this.answer) await event.reply(this.answer);
  }
  async action(event: ActionEvent): Promise<void> {
    this.actions.push(event);
    if (this.answer) await event.reply(this.answer);
  }
  async form(): Promise<Form | Message> {
    return { title: 'A form', fields: [] };
  }
  async left(): Promise<void> {}
  async present(): Promise<void> {}
  claim: Bot['claim'] = async () => true;
  async suggest(): Promise<string[]> {
    return ['poppy-wash'];
  }
}

/** An adapter in a folder of its own, with a bot that notes. */
export interface TestStudio extends AsyncDisposable {
  readonly adapter: StudioAdapter;
  readonly bot: NotingBot;
  readonly url: string;
  readonly folder: string;
  /** Stops the studio and opens another on the same folder. */
  restart(options?: Partial<StudioOptions>): Promise<void>;
}

export async function startStudio(options: Partial<StudioOptions> = {}): Promise<TestStudio> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-studio-'));
  const bot = new NotingBot();
  let adapter = studioIn(folder, options);
  await adapter.start(bot);
  return {
    bot,
    folder,
    get adapter() {
      return adapter;
    },
    get url() {
      return adapter.url ?? '';
    },
    async restart(others = {}) {
      await adapter.stop();
      await adapter.close();
      adapter = studioIn(folder, { ...options, ...others });
      await adapter.start(bot);
    },
    async [Symbol.asyncDispose]() {
      await adapter.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function studioIn(folder: string, options: Partial<StudioOptions> = {}): StudioAdapter {
  return new StudioAdapter({
    host: '127.0.0.1',
    port: 0,
    folder,
    maxBytes: 1_000_000,
    images: imagesHere,
    retentionMs: 86_400_000,
    picturesBytes: 100_000_000,
    version: 'test',
    log: createLog({ level: 'silent' }),
    ...options,
  });
}

/** The pass that the studio would give somebody of this id. */
export async function passOf(folder: string, id: string): Promise<string> {
  const secret = await readFile(path.join(folder, 'secret'));
  return `${id}.${createHmac('sha256', secret).update(`person ${id}`).digest('base64url')}`;
}
