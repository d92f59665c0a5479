import { Command } from 'commander';
import { ImpastoError } from '../nst/errors.ts';
import type { ConvName } from '../nst/network.ts';
import type { Patience } from '../nst/weights/download.ts';
import { bytesOf, layersTo, type Manifest, vgg19 } from '../nst/weights/manifest.ts';
import { type LayerStatus, openWeights, type WeightsProgress } from '../nst/weights/store.ts';
import { downloadMeter, type Output, size } from './terminal.ts';

/** What `impasto models` works with; the caller has read the environment. */
export interface ModelsCommandOptions {
  /** The configured models folder (IMPASTO_MODELS); only ever read. */
  readonly modelsFolder?: string | undefined;
  /** The models folder in the user's cache; downloads and imports go there. */
  readonly cacheFolder: string;
  /** Base URL that replaces the manifest's source (IMPASTO_MODELS_URL). */
  readonly source?: string | undefined;
  /** Results go here. */
  readonly stdout: Output;
  /** Progress goes here. */
  readonly stderr: Output;
  readonly signal?: AbortSignal;
  readonly manifest?: Manifest;
  readonly patience?: Patience;
}

/** As deep as the deepest preset needs. */
const defaultDepth: ConvName = 'conv5_1';

/**
 * Makes the command `models`, with the subcommands `list`, `fetch`, `verify` and `import`. Its actions reject with
 * an ImpastoError; `verify` with `weights-corrupt` when a copy of a file is damaged.
 */
export function modelsCommand(options: ModelsCommandOptions): Command {
  const { modelsFolder, cacheFolder, stdout, stderr, signal, manifest = vgg19 } = options;
  const open = (onProgress: (progress: WeightsProgress) => void = () => {}) =>
    openWeights({
      ...options,
      manifest,
      folders: modelsFolder === undefined ? [] : [modelsFolder],
      onProgress,
    });
  const print = (line: string) => stdout.write(`${line}\n`);

  const command = new Command('models').description('find, download and check the weights of VGG-19');

  command
    .command('list')
    .description('show which layers are here, and where')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const statuses = await open().status(signal);
      print(json ? JSON.stringify(statuses, null, 2) : table(statuses));
    });

  command
    .command('fetch')
    .description('download the layers that are missing or damaged')
    .option('--to <layer>', 'the deepest layer to fetch', defaultDepth)
    .action(async ({ to }: { to: string }) => {
      const deepest = layersTo(to, manifest).at(-1)?.layer as ConvName;
      const meter = downloadMeter(stderr);
      try {
        await open(meter.show).ensure(deepest, signal);
      } finally {
        meter.done();
      }
      print(`VGG-19 is complete up to ${deepest}.`);
    });

  command
    .command('verify')
    .description('check every file against its checksum')
    .action(async () => {
      const statuses = await open().status(signal);
      const damaged = statuses.flatMap((status) => status.damaged);
      if (damaged.length > 0)
        throw new ImpastoError('weights-corrupt', `Damaged weights: ${damaged.join(', ')}.`, {
          advice: `Remove them, then run \`impasto models fetch\`, which puts good copies into ${cacheFolder}.`,
        });
      const present = statuses.filter(({ state }) => state === 'present').length;
      print(`${present} of ${statuses.length} layers are here; no file is damaged.`);
    });

  command
    .command('import')
    .description('copy weights from a folder, for machines without a network')
    .argument('<folder>', 'the folder that holds the files, or that holds vgg19/ with the files')
    .action(async (folder: string) => {
      const imported = new Set(await open().importFrom(folder, signal));
      const entries = manifest.layers.filter(({ layer }) => imported.has(layer));
      const names = entries.map(({ layer }) => layer).join(', ');
      print(`Imported ${names} (${size(bytesOf(entries))}) into ${cacheFolder}.`);
    });

  return command;
}

function table(statuses: readonly LayerStatus[]): string {
  const rows = statuses.map(({ layer, bytes, state, folders, damaged }) => [
    layer,
    size(bytes).padStart(8),
    state.padEnd(7),
    [...folders, ...damaged.map((path) => `damaged: ${path}`)].join(', '),
  ]);
  return [['layer  ', '    size', 'state  ', 'where'], ...rows]
    .map((row) => row.join('  ').trimEnd())
    .join('\n');
}
