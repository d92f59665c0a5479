import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ChatAdapter } from '../../src/adapters/adapter.ts';
import { readConfig } from '../../src/config.ts';
import type { Painter } from '../../src/core/painter.ts';
import { type Instance, startInstance } from '../../src/main/instance.ts';
import { painterOf } from '../../src/main/painters.ts';
import { createLog, type Logger } from '../../src/ops/log.ts';
import { openPictureFolder } from '../../src/store/pictures.ts';
import { decodersHere, imagesHere } from './in-this-process.ts';
import { Easel } from './scripted-painter.ts';

/** Options of {@link startWholeBot}. */
export interface WholeBotOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Paints for real, on a tiny network, in a process; by default paintings wait for the easel. */
  readonly paints?: boolean;
}

/** An instance of the bot in a folder of its own, which can be stopped and started again. */
export interface WholeBot {
  readonly easel: Easel;
  readonly folder: string;
  /** Where health and metrics are served, where the environment says so. */
  readonly opsUrl: string | undefined;
  /** What was logged, a line each. */
  readonly log: string[];
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

/** Starts an instance, unmodified, on whatever the adapter is connected to. */
export async function startWholeBot(
  connect: (log: Logger) => ChatAdapter,
  { environment = {}, paints = false }: WholeBotOptions,
): Promise<WholeBot> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-bot-'));
  const pictures = openPictureFolder(path.join(folder, 'pictures'));
  const easel = new Easel(() => pictures);
  const lines: string[] = [];
  const log = createLog({ level: 'debug', destination: { write: (line) => void lines.push(line) } });
  const config = readConfig(
    { IMPASTO_DATA: folder, IMPASTO_HTTP_PORT: 'off', IMPASTO_THREADS: '1', ...environment },
    path.join(folder, 'no.env'),
  );
  const realPainter = (): Painter =>
    painterOf(config, log, {
      execArgv: ['--import', 'tsx'],
      entry: new URL('./tiny-painter.ts', import.meta.url),
    });
  const createPainter = () => (paints ? realPainter() : easel.createPainter());
  const begin = () =>
    startInstance({
      config,
      adapters: [connect(log)],
      log,
      createPainter,
      decoders: decodersHere,
      images: imagesHere,
    });
  let instance: Instance | undefined = await begin();
  const stop = async () => {
    await instance?.stop();
    instance = undefined;
  };
  return {
    easel,
    folder,
    get opsUrl() {
      return instance?.opsUrl;
    },
    log: lines,
    stop,
    async start() {
      instance = await begin();
    },
    async remove() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
