import path from 'node:path';
import dotenv from 'dotenv';
import envPaths from 'env-paths';
import { z } from 'zod';
import { ImpastoError } from './nst/errors.ts';

const count = z.coerce.number().int().positive();

/** The environment that Impasto reads, with every default; `.env.example` describes the same in prose. */
const schema = z.object({
  IMPASTO_MODELS: z.string().min(1).optional(),
  IMPASTO_MODELS_URL: z.url().optional(),
  IMPASTO_CACHE: z
    .string()
    .min(1)
    .default(() => envPaths('impasto', { suffix: '' }).cache),
  IMPASTO_THREADS: count.optional(),
  IMPASTO_MAX_PIXELS: count.default(50_000_000),
  IMPASTO_MAX_BYTES: count.default(50_000_000),
});

/** What the environment says. */
export interface Config {
  /** A folder with models that is only read. */
  readonly modelsFolder: string | undefined;
  /** Base URL to download weights from in place of the published one. */
  readonly modelsUrl: string | undefined;
  /** The models folder that downloads are kept in. */
  readonly cacheFolder: string;
  /** Threads for one evaluation; all cores by default. */
  readonly threads: number | undefined;
  /** Largest picture that is decoded, in pixels. */
  readonly maxPixels: number;
  /** Largest picture file that is read, in bytes. */
  readonly maxBytes: number;
}

/**
 * Reads the configuration from `.env` in the working folder and from the environment, which wins. Empty values
 * count as absent.
 *
 * @throws ImpastoError `bad-setting` that names the variable.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const file: Record<string, string> = {};
  dotenv.config({ processEnv: file, quiet: true });
  const given = Object.entries({ ...file, ...environment }).filter(([, value]) => value !== '');
  const result = schema.safeParse(Object.fromEntries(given));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new ImpastoError('bad-setting', `${String(issue?.path[0])} is not usable: ${issue?.message}.`, {
      advice: 'Correct it in .env or in the environment; .env.example describes every variable.',
      cause: result.error,
    });
  }
  const values = result.data;
  return {
    modelsFolder: values.IMPASTO_MODELS,
    modelsUrl: values.IMPASTO_MODELS_URL,
    cacheFolder: path.join(values.IMPASTO_CACHE, 'models'),
    threads: values.IMPASTO_THREADS,
    maxPixels: values.IMPASTO_MAX_PIXELS,
    maxBytes: values.IMPASTO_MAX_BYTES,
  };
}
