import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../files/disk.ts';
import { ENGINE_KINDS, type EngineKind } from '../nst/engines/kinds.ts';
import { TENSORFLOW_PACKAGES } from '../nst/engines/tfjs/packages.ts';
import { thisMachine } from './diagnosis.ts';

/** What trying an engine came to, as far as it is remembered. */
export interface Outcome {
  readonly kind: EngineKind;
  /** How many times as fast as the CPU; missing where the engine cannot be used. */
  readonly speed?: number | undefined;
  readonly problem?: string | undefined;
  readonly advice?: string | undefined;
  /** For how long it counts, in milliseconds; default a week. What counts for none is not kept. */
  readonly holdsMs?: number | undefined;
}

/** Outcomes are void after this time, unless they say less. */
const LIFETIME_MS = 7 * 86_400_000;

/** Machines that are remembered, at most: several may share the folder. */
const MAX_MACHINES = 32;

const schema = z.array(
  z.object({
    key: z.string(),
    outcomes: z.array(
      z.object({
        kind: z.enum(ENGINE_KINDS),
        at: z.number(),
        speed: z.number().optional(),
        problem: z.string().optional(),
        advice: z.string().optional(),
        holdsMs: z.number().optional(),
      }),
    ),
  }),
);

/** By machine; the one that was written last comes first. */
type Remembered = z.infer<typeof schema>;

/**
 * What trying engines on this machine came to, kept in a file so that no start has to try them again. Machines that
 * share the file do not void each other's.
 */
export interface Outcomes {
  /** Those that still hold: nothing was installed or updated since, as far as can be seen, and they are not old. */
  read(): Promise<ReadonlyMap<EngineKind, Outcome>>;
  /** Keeps outcomes in place of earlier ones of the same engines. */
  write(outcomes: readonly Outcome[]): Promise<void>;
}

/**
 * Outcomes in a file, which is made when needed. One that cannot be read counts as empty.
 *
 * @param key - what the outcomes depend on; default {@link machineKey}
 */
export function openOutcomes(file: string, key = machineKey(), now: () => number = Date.now): Outcomes {
  const remembered = async (): Promise<Remembered> => {
    try {
      return schema.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch {
      return [];
    }
  };
  const ownOf = (machines: Remembered) =>
    (machines.find((machine) => machine.key === key)?.outcomes ?? []).filter(
      ({ at, holdsMs = LIFETIME_MS }) => at <= now() && now() - at < holdsMs,
    );
  return {
    async read() {
      return new Map(ownOf(await remembered()).map(({ at, ...outcome }) => [outcome.kind, outcome]));
    },
    async write(given) {
      const outcomes = given.filter(({ holdsMs }) => holdsMs !== 0);
      if (outcomes.length === 0) return;
      const machines = await remembered();
      const kinds = new Set(outcomes.map(({ kind }) => kind));
      const kept = ownOf(machines).filter(({ kind }) => !kinds.has(kind));
      const own = { key, outcomes: [...kept, ...outcomes.map((each) => ({ ...each, at: now() }))] };
      const others = machines.filter((machine) => machine.key !== key);
      const all: Remembered = [own, ...others].slice(0, MAX_MACHINES);
      await mkdir(path.dirname(file), { recursive: true });
      await replaceFile(file, Buffer.from(JSON.stringify(all)));
    },
  };
}

const PACKAGES = ['onnxruntime-node', ...TENSORFLOW_PACKAGES];
/** Where drivers and devices show. */
const NVIDIA = '/proc/driver/nvidia';
const NVIDIA_GPUS = `${NVIDIA}/gpus`;
const DRM = '/sys/class/drm';
const FOLDERS = ['/dev/dri', '/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
/** Variables that choose a device or driver. */
const VARIABLES = /^(CUDA_VISIBLE_DEVICES|VK_.*|LD_LIBRARY_PATH|MESA_.*|DRI_PRIME)$/;

/**
 * What the outcomes of trying engines depend on, in short: processor, system, packages, drivers, devices. Not the name
 * of the machine: each container has another, and may be as good as the one before.
 */
export function machineKey(environment: NodeJS.ProcessEnv = process.env): string {
  const require = createRequire(import.meta.url);
  const { list, runtimeFolder } = thisMachine();
  const facts = [
    os.release(),
    os.cpus()[0]?.model,
    os.availableParallelism(),
    process.arch,
    process.version,
    ...PACKAGES.map((name) => versionOf(name, require)),
    textOf(`${NVIDIA}/version`),
    ...list(NVIDIA_GPUS).map((gpu) => textOf(`${NVIDIA_GPUS}/${gpu}/information`)),
    ...list(DRM)
      .filter((name) => name.startsWith('render'))
      .map((gpu) => ['vendor', 'device'].map((id) => textOf(`${DRM}/${gpu}/device/${id}`))),
    // CUDA's libraries are installed beside the runtime's own.
    ...[...FOLDERS, runtimeFolder].map(list),
    Object.entries(environment)
      .filter(([name]) => VARIABLES.test(name))
      .sort(),
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

/** What is in a file; empty where it cannot be read. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The package's version; empty where it is not installed. */
function versionOf(name: string, require: NodeJS.Require): string {
  try {
    const { version } = require(`${name}/package.json`) as { version: string };
    return version;
  } catch {
    return '';
  }
}
