import { stat } from 'node:fs/promises';
import os from 'node:os';
import type { Config } from '../config.ts';
import type { Check } from '../core/check.ts';
import { chooseEngines } from '../engines/choose.ts';
import { checkEngines } from '../engines/doctor.ts';
import { openOutcomes } from '../engines/outcomes.ts';
import { machineMemory, painterEnvironments, painterMemory } from '../main/painters.ts';
import { largestSizeWithin } from '../nst/estimate.ts';
import { parseSettings } from '../nst/settings.ts';
import { openWeights } from '../nst/weights/store.ts';

/** How deep the default layers reach. */
const DEFAULT_DEPTH = 'conv3_4';

/**
 * Looks at the machine: what it is, the weights, the engines with their speed, and how large it can paint.
 *
 * @throws ImpastoError `aborted`
 */
export async function* checkMachine(config: Config, signal?: AbortSignal): AsyncGenerator<Check> {
  yield {
    state: 'good',
    text: `${os.type()} ${os.release()} (${os.arch()}), Node.js ${process.version}, ${os.availableParallelism()} cores (${os.cpus()[0]?.model.trim() ?? 'unknown'}), ${gigabytes(machineMemory())} of memory`,
  };
  yield* checkSecrets();
  const { modelsFolder, cacheFolder, threads, engine, enginesFile: outcomesFile } = config;
  const folders = modelsFolder === undefined ? [] : [modelsFolder];
  yield* checkWeights(openWeights({ folders, cacheFolder, download: false }));
  yield* checkEngines({ engine, threads, outcomesFile, weights: { folders, cacheFolder }, signal });
  // One that is configured and does not work has been told of.
  const works = await openOutcomes(outcomesFile).read();
  const known = engine === 'auto' || engine === 'onnx-cpu' || works.get(engine)?.speed !== undefined;
  if (!known) return;
  const { engines, told } = await chooseEngines({ engine, threads, outcomesFile, signal });
  yield { state: 'good', text: told };
  yield largest(config, (await painterEnvironments(config, engines[0])).length);
}

/** Whether others on this machine can read the file that the tokens are in. */
export async function* checkSecrets(file = '.env'): AsyncGenerator<Check> {
  const { mode } = (await stat(file).catch(() => undefined)) ?? {};
  if (mode === undefined || process.platform === 'win32' || (mode & 0o077) === 0) return;
  yield {
    state: 'note',
    text: `Others on this machine can read ${file}, which has the tokens`,
    advice: `chmod 600 ${file}`,
  };
}

async function* checkWeights(weights: ReturnType<typeof openWeights>): AsyncGenerator<Check> {
  const statuses = await weights.status();
  const damaged = statuses.flatMap((status) => status.damaged);
  if (damaged.length > 0) {
    yield {
      state: 'bad',
      text: `Damaged weights: ${damaged.join(', ')}`,
      advice: 'Remove them, then run `impasto models fetch`',
    };
  }
  const missing = statuses.findIndex(({ state }) => state !== 'present');
  const here = (missing === -1 ? statuses : statuses.slice(0, missing)).at(-1)?.layer;
  const needed = statuses.findIndex(({ layer }) => layer === DEFAULT_DEPTH);
  if (missing === -1 || missing > needed) {
    yield { state: 'good', text: `VGG-19’s weights are here, up to ${here}` };
    return;
  }
  yield {
    state: 'note',
    text: 'VGG-19’s weights are not here: until they are, the compact network paints',
    advice: '`impasto models fetch`, or `impasto models import FOLDER` on a machine without a network',
  };
}

function largest(config: Config, painters: number): Check {
  const { maxSize } = config.maxima;
  const square = { width: maxSize, height: maxSize };
  const memory = painterMemory(config, painters);
  const largestSize = largestSizeWithin(memory, square, parseSettings({ size: maxSize }, 1));
  const painter = painters === 1 ? 'the painter' : `each of ${painters} painters`;
  if (largestSize === undefined) {
    return {
      state: 'bad',
      text: `Not even the smallest picture fits into ${gigabytes(memory)} for ${painter}`,
      advice: 'Give painters more with IMPASTO_MEMORY_MB, or run fewer (IMPASTO_PAINTERS)',
    };
  }
  return {
    state: 'good',
    text: `Squares up to ${largestSize} px fit into ${gigabytes(memory)} for ${painter}`,
  };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
