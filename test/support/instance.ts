import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Bot } from '../../src/bot/bot.ts';
import type { Actor, Message, Place } from '../../src/bot/chat.ts';
import { readConfig } from '../../src/config.ts';
import { type Instance, type InstanceOptions, startInstance } from '../../src/main/instance.ts';
import { createLog } from '../../src/ops/log.ts';
import { openStore } from '../../src/store/open-store.ts';
import { openPictureFolder } from '../../src/store/pictures.ts';
import type { Store } from '../../src/store/store.ts';
import { backend } from './backend.ts';
import { FakeAdapter } from './fake-adapter.ts';
import { type FakeFile, FakePlatform } from './fake-platform.ts';
import { decodersHere, imagesHere } from './in-this-process.ts';
import { gradientPicture } from './pictures.ts';
import { Easel } from './scripted-painter.ts';

export const ann: Actor = { id: 'ann', name: 'Ann', roles: [], admin: false, moderator: false };
export const bob: Actor = { id: 'bob', name: 'Bob', roles: [], admin: false, moderator: false };
export const admin: Actor = { id: 'ada', name: 'Ada', roles: ['keeper'], admin: true, moderator: true };
export const studio: Place = { platform: 'fake', server: 'museum', channel: 'studio', thread: null };

/** A photograph and a painting as users send them. */
export const photo: FakeFile = {
  name: 'photo.jpg',
  content: await gradientPicture(96, 64).jpeg().toBuffer(),
};
export const painting: FakeFile = {
  name: 'painting.png',
  content: await gradientPicture(64, 64).negate().png().toBuffer(),
};

/** Options of a command as a user gives them. */
export type UserOptions = Readonly<Record<string, string | number | boolean | FakeFile>>;

/** An instance on a fake platform, with a folder of its own. */
export interface TestInstance extends AsyncDisposable {
  /** A user gives a command in the studio; settles with the answers when it has been handled. */
  command(name: string, options?: UserOptions, actor?: Actor, subcommand?: string): Promise<Message[]>;
  /** A user asks for the photograph in the style of the painting. */
  stylize(options?: UserOptions, actor?: Actor): Promise<Message[]>;
  readonly instance: Instance;
  readonly platform: FakePlatform;
  readonly easel: Easel;
  /** The bot as an adapter has it. */
  readonly bot: Bot;
  readonly folder: string;
  /** What was logged, a line each. */
  readonly log: string[];
  /** Stops the instance and starts another on the same folder and platform. */
  restart(): Promise<void>;
  /** Stops the instance and makes its record say that a job's end has not been told. */
  forgetDelivery(jobId: string): Promise<void>;
  deliveredAt(jobId: string): Promise<number | null | undefined>;
  /** Uses the instance's records as another process would. */
  withStore<Result>(use: (store: Store) => Promise<Result>): Promise<Result>;
}

/** Options of {@link startTestInstance}. */
export interface TestInstanceOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** By default the painters wait for the test's easel. */
  readonly createPainter?: (folder: string) => NonNullable<InstanceOptions['createPainter']>;
  readonly platform?: FakePlatform;
  /** Fills the folder before the first start. */
  readonly prepare?: (folder: string) => Promise<void>;
}

/** Starts an instance of the bot, unmodified, on a fake platform and in a temporary folder. */
export async function startTestInstance(options: TestInstanceOptions = {}): Promise<TestInstance> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-instance-'));
  await options.prepare?.(folder);
  const { platform = new FakePlatform() } = options;
  const config = readConfig(
    { IMPASTO_DATA: folder, IMPASTO_HTTP_PORT: 'off', ...(await backend()), ...options.environment },
    path.join(folder, 'no.env'),
  );
  const pictures = openPictureFolder(path.join(folder, 'pictures'));
  const easel = new Easel(() => pictures);
  const log: string[] = [];
  let adapter: FakeAdapter;
  const start = () => {
    adapter = new FakeAdapter(platform);
    return startInstance({
      config,
      adapters: [adapter],
      log: createLog({ level: 'debug', destination: { write: (line) => void log.push(line) } }),
      createPainter: options.createPainter?.(folder) ?? (() => easel.createPainter()),
      decoders: decodersHere,
      images: imagesHere,
    });
  };
  let instance = await start();
  const withStore: TestInstance['withStore'] = async (use) => {
    const store = await openStore(config, () => {});
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  };
  const command: TestInstance['command'] = (name, given = {}, actor = ann, subcommand) =>
    platform.send({
      kind: 'command',
      actor,
      place: studio,
      command: name,
      options: given,
      ...(subcommand && { subcommand }),
    });
  return {
    command,
    stylize: (given, actor) => command('stylize', { content: photo, style: painting, ...given }, actor),
    get instance() {
      return instance;
    },
    platform,
    easel,
    get bot() {
      return adapter.bot as Bot;
    },
    folder,
    log,
    withStore,
    async restart() {
      await instance.stop();
      instance = await start();
    },
    async forgetDelivery(jobId) {
      await instance.stop();
      await withStore((store) => store.jobs.update(jobId, { deliveredAt: null }));
    },
    deliveredAt: (jobId) => withStore(async (store) => (await store.jobs.get(jobId))?.deliveredAt),
    async [Symbol.asyncDispose]() {
      await instance.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
