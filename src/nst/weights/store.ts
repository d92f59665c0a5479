import { stopIfAborted } from '../abort.ts';
import { ImpastoError } from '../errors.ts';
import type { ConvName, ConvWeights } from '../network.ts';
import { download, type Patience } from './download.ts';
import { otherWays } from './failures.ts';
import { importLayers } from './import.ts';
import {
  bytesOf,
  type LayerEntry,
  layersTo,
  type Manifest,
  pathIn,
  vgg19,
  type WeightFile,
} from './manifest.ts';
import { parseSource } from './source.ts';
import { readVerified } from './verify.ts';

/** Options of {@link openWeights}. */
export interface WeightsOptions {
  /** Models folders to look in first, in this order. They are only ever read. */
  readonly folders?: readonly string[];
  /** The models folder to look in last, and the only one that is written to; made when needed. */
  readonly cacheFolder: string;
  /** Base URL of the files; default the manifest's. https, or http on the loopback interface. */
  readonly source?: string | undefined;
  /** Whether missing files may be downloaded; default true. */
  readonly download?: boolean;
  readonly manifest?: Manifest;
  readonly patience?: Patience;
  /** Told of every piece that a download receives. */
  onProgress?(progress: WeightsProgress): void;
}

/** How far a download has come. */
export interface WeightsProgress {
  /** The layer that is being downloaded. */
  readonly layer: ConvName;
  /** Bytes of all missing files that are here by now; falls when a file has to start over. */
  readonly bytesDone: number;
  /** Bytes of all files that were missing when the call began. */
  readonly bytesTotal: number;
}

/** The weights of one layer, verified. */
export interface LayerWeights extends ConvWeights {
  /** Shape of the kernel: height × width × in × out. */
  readonly shape: readonly [3, 3, number, number];
}

/** What the models folders hold of one layer. */
export interface LayerStatus {
  readonly layer: ConvName;
  /** Size of the layer's weights, in bytes. */
  readonly bytes: number;
  /** `corrupt` when a file exists in damaged copies only, else `missing` when one does not exist at all. */
  readonly state: 'present' | 'missing' | 'corrupt';
  /** The models folders that hold good files of the layer and are used. */
  readonly folders: readonly string[];
  /** Paths of damaged copies, those included that a good copy elsewhere makes up for. */
  readonly damaged: readonly string[];
}

/** The weights of VGG-19: found in models folders, downloaded where missing. */
export interface Weights {
  /**
   * Reads one layer; what is missing or damaged of it is downloaded first.
   *
   * @throws ImpastoError as {@link ensure} does
   */
  load(layer: ConvName, signal?: AbortSignal): Promise<LayerWeights>;

  /**
   * Verifies all layers up to `deepest` and downloads what is missing or damaged of them, file by file.
   *
   * @throws ImpastoError `weights-missing` or `weights-corrupt` when nothing may be downloaded;
   *   `download-failed`, `weights-corrupt`, `disk-full`, `not-writable`, `not-readable`, `unknown-layer`, `aborted`
   */
  ensure(deepest: ConvName, signal?: AbortSignal): Promise<void>;

  /**
   * Verifies every copy of every file.
   *
   * @throws ImpastoError `not-readable`, `aborted`
   */
  status(signal?: AbortSignal): Promise<LayerStatus[]>;

  /**
   * Copies the layers that a folder (or `vgg19/` in it) holds in full into the cache folder. All of them are
   * verified before the first is copied.
   *
   * @returns the layers that the folder holds, in the network's order
   * @throws ImpastoError `missing-file`, `weights-missing` when the folder holds no layer, `weights-corrupt`,
   *   `not-readable`, `disk-full`, `not-writable`, `aborted`
   */
  importFrom(folder: string, signal?: AbortSignal): Promise<ConvName[]>;
}

/**
 * Opens the weights. Nothing is read or downloaded yet.
 *
 * @throws ImpastoError `bad-setting` when the source is not an allowed URL
 */
export function openWeights(options: WeightsOptions): Weights {
  const { cacheFolder, manifest = vgg19 } = options;
  const folders = [...new Set([...(options.folders ?? []), cacheFolder])];
  const source = parseSource(options.source ?? manifest.source);

  async function* copies(file: WeightFile, signal: AbortSignal | undefined) {
    for (const folder of folders) {
      stopIfAborted(signal);
      const path = pathIn(folder, file);
      yield { folder, path, ...(await readVerified(path, file)) };
    }
  }

  async function find(file: WeightFile, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    for await (const copy of copies(file, signal)) if (copy.state === 'present') return copy.bytes;
    return undefined;
  }

  async function findAll(
    { shards }: LayerEntry,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array[] | undefined> {
    const found = await Promise.all(shards.map((file) => find(file, signal)));
    return found.every((bytes) => bytes !== undefined) ? found : undefined;
  }

  async function fetchMissing(layers: readonly LayerEntry[], signal: AbortSignal | undefined): Promise<void> {
    const missing: { layer: ConvName; file: WeightFile }[] = [];
    for (const { layer, shards } of layers)
      for (const file of shards) if ((await find(file, signal)) === undefined) missing.push({ layer, file });
    if (missing.length > 0 && options.download === false)
      throw unavailable(await statusOf(layers, signal), folders);

    const bytesTotal = missing.reduce((total, { file }) => total + file.bytes, 0);
    let before = 0;
    for (const { layer, file } of missing) {
      await download(new URL(file.file, source), pathIn(cacheFolder, file), file, {
        ...options.patience,
        signal,
        onBytes: (done) => options.onProgress?.({ layer, bytesDone: before + done, bytesTotal }),
      });
      before += file.bytes;
    }
  }

  async function statusOf(
    layers: readonly LayerEntry[],
    signal: AbortSignal | undefined,
  ): Promise<LayerStatus[]> {
    const statuses: LayerStatus[] = [];
    for (const entry of layers) {
      const used = new Set<string>();
      const damaged: string[] = [];
      const lacking = new Set<'missing' | 'corrupt'>();
      for (const file of entry.shards) {
        const found: { folder: string; path: string; state: LayerStatus['state'] }[] = [];
        for await (const { folder, path, state } of copies(file, signal)) found.push({ folder, path, state });
        const bad = found.filter(({ state }) => state === 'corrupt');
        const good = found.find(({ state }) => state === 'present');
        damaged.push(...bad.map(({ path }) => path));
        if (good) used.add(good.folder);
        else lacking.add(bad.length > 0 ? 'corrupt' : 'missing');
      }
      const state = lacking.has('corrupt') ? 'corrupt' : lacking.has('missing') ? 'missing' : 'present';
      statuses.push({ layer: entry.layer, bytes: bytesOf([entry]), state, folders: [...used], damaged });
    }
    return statuses;
  }

  return {
    async load(name, signal) {
      const [entry] = layersTo(name, manifest).slice(-1) as [LayerEntry];
      let files = await findAll(entry, signal);
      if (files === undefined) {
        await fetchMissing([entry], signal);
        files = await findAll(entry, signal);
      }
      if (files === undefined) throw unavailable(await statusOf([entry], signal), folders);
      return decode(entry, files);
    },
    ensure: async (deepest, signal) => fetchMissing(layersTo(deepest, manifest), signal),
    status: (signal) => statusOf(manifest.layers, signal),
    importFrom: (folder, signal) => importLayers(folder, cacheFolder, manifest, signal),
  };
}

function decode({ kernel: shape }: LayerEntry, files: readonly Uint8Array[]): LayerWeights {
  const joined = new Uint8Array(files.reduce((total, { length }) => total + length, 0));
  let offset = 0;
  for (const bytes of files) {
    joined.set(bytes, offset);
    offset += bytes.length;
  }
  // The files are little-endian, and so is every machine that the engines run on.
  const values = new Float32Array(joined.buffer);
  const weights = shape.reduce((product, extent) => product * extent);
  return { shape, kernel: values.subarray(0, weights), bias: values.subarray(weights) };
}

function unavailable(statuses: readonly LayerStatus[], folders: readonly string[]): ImpastoError {
  const corrupt = statuses.filter(({ state }) => state === 'corrupt');
  if (corrupt.length > 0)
    return new ImpastoError(
      'weights-corrupt',
      `Damaged weights: ${corrupt.flatMap(({ damaged }) => damaged).join(', ')}.`,
      { advice: `Remove the damaged files. ${otherWays}` },
    );
  const missing = statuses.filter(({ state }) => state === 'missing').map(({ layer }) => layer);
  return new ImpastoError(
    'weights-missing',
    `The weights of VGG-19's ${missing.join(', ')} are not in ${folders.join(' or ')}.`,
    { advice: otherWays },
  );
}
