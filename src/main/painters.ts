import os from 'node:os';
import path from 'node:path';
import type { Config } from '../config.ts';
import type { Painter } from '../core/painter.ts';
import { chooseEngines, type EngineChoice } from '../engines/choose.ts';
import { cudaDevices } from '../engines/devices.ts';
import { ENGINE_LABELS, type EngineKind } from '../nst/engines/kinds.ts';
import type { Logger } from '../ops/log.ts';
import { ofAws, withoutSecrets } from '../processes/environment.ts';
import { painterArguments } from '../queue/painters/painter-arguments.ts';
import { type ProcessPainterOptions, processPainter } from '../queue/painters/painter-process.ts';
import { openPlace } from '../store/open-place.ts';
import type { S3Credentials } from '../store/places.ts';

/** Options of {@link painterOf}. */
export interface PainterOptions extends Partial<Pick<ProcessPainterOptions, 'entry' | 'execArgv' | 'env'>> {
  /** What to paint with; default the CPU. */
  readonly engines?: EngineChoice['engines'];
}

/**
 * The painters that the configuration asks for, each a process of its own, on the engines that it asks for. Several
 * CUDA devices are shared out among them.
 *
 * @param create - makes them instead.
 * @param signal - ends the trial of an engine.
 * @throws ImpastoError `engine-failed` where the configured engine does not work; `aborted`
 */
export async function paintersOf(
  config: Config,
  log: Logger,
  create?: (index: number) => Painter,
  signal?: AbortSignal,
): Promise<Painter[]> {
  if (config.painters === 0) return [];
  if (create) {
    const count = config.painters === 'auto' ? 1 : config.painters;
    return Array.from({ length: count }, (_, index) => create(index));
  }
  const { engine, enginesFile: outcomesFile, threads } = config;
  const onError = (err: unknown) => log.warn({ err }, 'which engines work could not be remembered');
  const onTrial = (told: string) => log.info(told);
  const options = { engine, outcomesFile, threads, signal, onTrial, onError };
  const { engines, told } = await chooseEngines(options);
  log.info({ engines }, told);
  const environments = await painterEnvironments(config, engines[0]);
  return environments.map((env) => painterOf(config, log, { engines, env }));
}

/** An environment for each painter that the configuration asks for; those on CUDA see one of its devices each. */
export async function painterEnvironments(
  { painters }: Pick<Config, 'painters'>,
  engine: EngineKind,
  environment: NodeJS.ProcessEnv = process.env,
  listDevices = cudaDevices,
): Promise<NodeJS.ProcessEnv[]> {
  const devices = ON_CUDA.includes(engine) ? await listDevices(environment) : [];
  const count = painters === 'auto' ? Math.max(1, devices.length) : painters;
  return Array.from({ length: count }, (_, index) => {
    const device = devices[index % devices.length];
    return device === undefined ? environment : { ...environment, CUDA_VISIBLE_DEVICES: device };
  });
}

/** Share of the machine's memory that painters may use when nobody says how much. */
const MEMORY_SHARE = 0.8;

/** Memory that one of so many painters may use, in bytes; where others paint, only they know, unless it is configured. */
export function painterMemory({ memoryBytes }: Pick<Config, 'memoryBytes'>, painters: number): number {
  if (painters === 0) return memoryBytes ?? Number.POSITIVE_INFINITY;
  return (memoryBytes ?? MEMORY_SHARE * machineMemory()) / painters;
}

/** Memory of this machine, or of its container, in bytes. */
export function machineMemory(): number {
  return Math.min(os.totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}

const ON_CUDA: readonly EngineKind[] = ['onnx-cuda', 'tfjs'];

/** A painter in a process of its own. After a crash it paints without the first of its engines for a while. */
export function painterOf(
  config: Config,
  log: Logger,
  { entry = painterEntry(), engines = ['onnx-cpu'], env = process.env, ...options }: PainterOptions = {},
): Painter {
  const { place, s3Credentials, checkpointMs, threads } = config;
  const { modelsFolder, cacheFolder, modelsUrl: source } = config;
  const weights = { folders: modelsFolder === undefined ? [] : [modelsFolder], cacheFolder, source };
  const common = { place, checkpointMs, threads, weights };
  const [first, next, ...others] = engines;
  const warning = `The painter was lost on ${ENGINE_LABELS[first]}: this was painted without it.`;
  return processPainter({
    ...options,
    entry,
    args: painterArguments({ ...common, engines }),
    ...(next && {
      cautiousArgs: painterArguments({ ...common, engines: [next, ...others], warnings: [warning] }),
    }),
    env: {
      ...withoutSecrets(env),
      ...(place.type === 's3' && { ...ofAws(env), ...environmentOf(s3Credentials) }),
    },
    checkpoints: {
      remove: async (jobId) => (await openPlace(place, s3Credentials)).checkpoints.remove(jobId),
    },
    stuckAfterMs: config.painterTimeoutMs,
    stopWithinMs: config.stopMs / 2,
    log,
  });
}

/** Credentials as a painting process finds them: its command line is seen by others. */
function environmentOf(credentials: S3Credentials | undefined): NodeJS.ProcessEnv {
  if (!credentials) return {};
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
}

/** Beside this module, in the same form: as it was written, or built. */
function painterEntry(): URL {
  return new URL(`./painter${path.extname(import.meta.url)}`, import.meta.url);
}
