import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../disk.ts';
import { ENGINE_KINDS, type EngineKind } from '../nst/engines/kinds.ts';
import { thisMachine } from './diagnosis.ts';

/** What trying an engine came to, as far as it is remembered. */
export interface Outcome {
  readonly kind: EngineKind;
  /** How many times as fast as the CPU; missing where the engine cannot be used. */
  readonly speed?: number | undefined;
  readonly problem?: string | undefined;
  readonly advice?: string | undefined;
}

/** Outcomes are void after this time. */
const LIFETIME_MS = 7 * 86_400_000;

const schema = z.object({
  key: z.string(),
  outcomes: z.array(
    z.object({
      kind: z.enum(ENGINE_KINDS),
      at: z.number(),
      speed: z.number().optional(),
      problem: z.string().optional(),
      advice: z.string().optional(),
    }),
  ),
});

type Remembered = z.infer<typeof schema>;

/** What trying engines on this machine came to, kept in a file so that no start has to try them again. */
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
  const remembered = async (): Promise<Remembered['outcomes']> => {
    try {
      const found = schema.parse(JSON.parse(await readFile(file, 'utf8')));
      if (found.key !== key) return [];
      return found.outcomes.filter(({ at }) => at <= now() && now() - at < LIFETIME_MS);
    } catch {
      return [];
    }
  };
  return {
    async read() {
      return new Map((await remembered()).map(({ at, ...outcome }) => [outcome.kind, outcome]));
    },
    async write(outcomes) {
      const kinds = new Set(outcomes.map(({ kind }) => kind));
      const others = (await remembered()).filter(({ kind }) => !kinds.has(kind));
      const all: Remembered = {
        key,
        outcomes: [...others, ...outcomes.map((each) => ({ ...each, at: now() }))],
      };
      await mkdir(path.dirname(file), { recursive: true });
      await replaceFile(file, Buffer.from(JSON.stringify(all)));
    },
  };
}

const PACKAGES = ['onnxruntime-node', '@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];
/** Where drivers and devices show. */
const TRACES = ['/proc/driver/nvidia/version'];
const FOLDERS = ['/dev/dri', '/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
/** Variables that choose a device or driver. */
const VARIABLES = /^(CUDA_VISIBLE_DEVICES|VK_.*|LD_LIBRARY_PATH|MESA_.*|DRI_PRIME)$/;

/** What the outcomes of trying engines depend on, in short: machine, system, packages, drivers, devices. */
export function machineKey(environment: NodeJS.ProcessEnv = process.env): string {
  const require = createRequire(import.meta.url);
  const { list, runtimeFolder } = thisMachine();
  const facts = [
    os.hostname(),
    os.release(),
    process.arch,
    process.version,
    ...PACKAGES.map((name) => versionOf(name, require)),
    ...TRACES.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')),
    // CUDA's libraries are installed beside the runtime's own.
    ...[...FOLDERS, runtimeFolder].map((folder) => [...list(folder)].sort()),
    Object.entries(environment)
      .filter(([name]) => VARIABLES.test(name))
      .sort(),
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
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
