import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config.ts';
import { orNone, writeError } from '../files/disk.ts';
import { bareEnvironment } from '../processes/environment.ts';
import { type Answering, type PoolLog, processPool } from '../processes/process-pool.ts';
import { Intake } from './intake.ts';
import type { NormaliseRequest } from './protocol.ts';

/** Processes that decode at once. */
const PROCESSES = 2;
/** Share of a process's memory that a decoder may take: the rest is the picture as it is kept, and the runtime's. */
const DECODED_SHARE = 2 / 3;
/** A file that is so old was left by an intake that was ended without notice, in milliseconds. */
const STALE_MS = 3_600_000;

/**
 * Opens the door for foreign pictures of a bot or worker.
 *
 * @param decoders - decode instead of processes.
 * @throws ImpastoError `disk-full`, `not-writable`
 */
export async function openIntake(
  config: Config,
  log: PoolLog,
  decoders: Answering<NormaliseRequest, unknown> = decodingProcesses(config, log),
): Promise<Intake> {
  const { intake, maxBytes, maxPixels } = config;
  await prepare(intake.folder).catch((cause) => {
    throw writeError('pictures', cause);
  });
  const cleaning = setInterval(() => {
    prepare(intake.folder).catch((err) =>
      log.warn({ err }, 'what was left at the door could not be removed'),
    );
  }, STALE_MS).unref();
  return new Intake({
    decoders: {
      run: (request) => decoders.run(request),
      close() {
        clearInterval(cleaning);
        return decoders.close();
      },
    },
    folder: intake.folder,
    limits: { maxBytes, maxPixels, maxDecodedBytes: DECODED_SHARE * intake.memoryBytes },
    timeLimitMs: intake.timeLimitMs,
  });
}

/**
 * Processes that decode, which are started when they are needed.
 *
 * @param execArgv - options of Node.js for them; default those of this process.
 */
export function decodingProcesses(
  { intake }: Pick<Config, 'intake'>,
  log: PoolLog,
  execArgv?: readonly string[],
): Answering<NormaliseRequest, unknown> {
  return processPool({
    name: 'intake',
    // Beside this module, in the same form: as it was written, or built.
    entry: new URL(`./intake-child${path.extname(fileURLToPath(import.meta.url))}`, import.meta.url),
    execArgv,
    env: bareEnvironment(process.env),
    size: PROCESSES,
    timeLimitMs: intake.timeLimitMs,
    memoryLimit: intake.memoryBytes,
    log,
  });
}

/** Makes the folder, and removes what was left in it. */
async function prepare(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const found = await stat(file).catch(orNone(undefined));
    if (found && Date.now() - found.mtimeMs > STALE_MS) await rm(file, { recursive: true, force: true });
  }
}
