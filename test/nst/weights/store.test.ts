import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoadWeights } from '../../../src/nst/network.ts';
import { bytesOf, type LayerEntry, pathIn, type WeightFile } from '../../../src/nst/weights/manifest.ts';
import { openWeights, type WeightsOptions, type WeightsProgress } from '../../../src/nst/weights/store.ts';
import {
  type Answer,
  fillFolder,
  hold,
  serve,
  startWeightsServer,
  status,
  syntheticWeights,
  type WeightsServer,
} from '../../support/weights-server.ts';

const synthetic = syntheticWeights();
const { manifest, files } = synthetic;
const [conv1_1, conv1_2, conv2_1] = manifest.layers as [LayerEntry, LayerEntry, LayerEntry];
const [first, second, third, fourth] = [...files.keys()] as [string, string, string, string];
const firstFile = conv1_1.shards[0] as WeightFile;
const secondFile = conv1_2.shards[0] as WeightFile;

let server: WeightsServer;
let root: string;
let modelsFolder: string;
let cacheFolder: string;

beforeEach(async () => {
  server = await startWeightsServer(files);
  root = await mkdtemp(join(tmpdir(), 'impasto-weights-'));
  modelsFolder = join(root, 'models');
  cacheFolder = join(root, 'cache');
});
afterEach(async () => {
  await server.close();
  await chmod(modelsFolder, 0o755).catch(() => undefined);
  await rm(root, { recursive: true });
});

const weights = (options: Partial<WeightsOptions> = {}) =>
  openWeights({
    folders: [modelsFolder],
    cacheFolder,
    source: server.url,
    manifest,
    patience: { retryDelaysMs: [0] },
    ...options,
  });

const cached = () => readdir(join(cacheFolder, 'vgg19')).catch(() => []);

async function damage(folder: string, file: WeightFile): Promise<string> {
  const path = pathIn(folder, file);
  await writeFile(path, Buffer.alloc(file.bytes));
  return path;
}

/** Names, sizes and times of all that a folder holds. */
async function snapshot(folder: string): Promise<unknown[]> {
  const names = await readdir(folder, { recursive: true });
  return Promise.all(
    names.sort().map(async (name) => {
      const { size, mtimeMs, ino } = await stat(join(folder, name));
      return { name, size, mtimeMs, ino };
    }),
  );
}

describe('loading a layer', () => {
  it('gives the kernel in height × width × in × out and the bias that follows it', async () => {
    await fillFolder(modelsFolder, synthetic);
    const { kernel, bias, shape } = await weights().load('conv2_1');
    expect(shape).toEqual([3, 3, 32, 64]);
    expect(kernel).toHaveLength(3 * 3 * 32 * 64);
    expect([...kernel.slice(0, 2), kernel.at(-1)]).toEqual([200_000, 200_001, 218_431]);
    expect([...bias]).toEqual(Array.from({ length: 64 }, (_, i) => 218_432 + i));
  });

  it('fits what an engine asks for', async () => {
    await fillFolder(modelsFolder, synthetic);
    const load: LoadWeights = weights().load;
    expect((await load('conv1_1')).bias).toHaveLength(16);
  });

  it('downloads only that layer when it is missing', async () => {
    expect((await weights().load('conv2_1')).bias.at(-1)).toBe(218_495);
    expect(await cached()).toEqual([third, fourth]);
  });

  it('downloads a layer again when its copy in the cache is damaged', async () => {
    await fillFolder(cacheFolder, synthetic);
    await damage(cacheFolder, firstFile);
    expect((await weights().load('conv1_1')).kernel[1]).toBe(1);
    expect(server.requests).toEqual([`${first} 0`]);
  });

  it('refuses a layer that the network does not have', async () => {
    await expect(weights().load('conv9_9')).rejects.toMatchObject({ code: 'unknown-layer' });
  });
});

describe('ensuring the weights', () => {
  it('downloads the layers down to the deepest, and no deeper', async () => {
    await weights().ensure('conv1_2');
    expect(await cached()).toEqual([first, second]);
  });

  it('downloads nothing when all is here', async () => {
    await fillFolder(modelsFolder, synthetic, ['conv1_1']);
    await fillFolder(cacheFolder, synthetic, ['conv1_2', 'conv2_1']);
    await weights().ensure('conv2_1');
    expect(server.requests).toEqual([]);
  });

  it('reports the bytes of all that was missing, layer by layer', async () => {
    await fillFolder(modelsFolder, synthetic, ['conv1_1']);
    const reports: WeightsProgress[] = [];
    await weights({ onProgress: (progress) => reports.push(progress) }).ensure('conv2_1');
    const bytesTotal = bytesOf([conv1_2, conv2_1]);
    expect(reports.at(0)).toEqual({ layer: 'conv1_2', bytesDone: 0, bytesTotal });
    expect(reports).toContainEqual({ layer: 'conv2_1', bytesDone: bytesOf([conv1_2]), bytesTotal });
    expect(reports.at(-1)).toEqual({ layer: 'conv2_1', bytesDone: bytesTotal, bytesTotal });
    expect(reports.map(({ bytesDone }) => bytesDone)).toEqual(
      reports.map(({ bytesDone }) => bytesDone).sort((a, b) => a - b),
    );
  });

  it('keeps what was complete when a later file fails', async () => {
    server.answer(second, status(404));
    await expect(weights().ensure('conv2_1')).rejects.toMatchObject({ code: 'download-failed' });
    expect(await cached()).toEqual([first]);
  });

  it('stops when it is aborted', async () => {
    await expect(weights().ensure('conv2_1', AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    expect(server.requests).toEqual([]);
  });

  it('takes a source from the loopback interface or over https only', () => {
    expect(() => weights({ source: 'http://mirror.example/' })).toThrow(
      expect.objectContaining({ code: 'bad-setting' }),
    );
  });
});

describe('a models folder', () => {
  it('is read and never written to', async () => {
    await fillFolder(modelsFolder, synthetic, ['conv1_1', 'conv1_2']);
    await damage(modelsFolder, firstFile);
    await chmod(modelsFolder, 0o555);
    const before = await snapshot(modelsFolder);
    await weights().ensure('conv2_1');
    expect(await snapshot(modelsFolder)).toEqual(before);
    expect(await cached()).toEqual([first, third, fourth]);
  });

  it('comes before the cache', async () => {
    await fillFolder(modelsFolder, synthetic, ['conv1_1']);
    await fillFolder(cacheFolder, synthetic, ['conv1_1', 'conv1_2']);
    const [one, two] = await weights().status();
    expect([one?.folders, two?.folders]).toEqual([[modelsFolder], [cacheFolder]]);
  });
});

describe('with downloads switched off', () => {
  it('names the missing layers and the ways to get them', async () => {
    await fillFolder(modelsFolder, synthetic, ['conv1_1']);
    const failure = await weights({ download: false })
      .ensure('conv2_1')
      .catch((error) => error);
    expect(failure).toMatchObject({ code: 'weights-missing' });
    expect(failure.message).toContain('conv1_2, conv2_1');
    expect(failure.message).toContain(modelsFolder);
    expect(failure.message).toContain(cacheFolder);
    expect(failure.advice).toMatch(/impasto models fetch.*impasto models import FOLDER.*IMPASTO_MODELS/);
    expect(server.requests).toEqual([]);
  });

  it('names the damaged files', async () => {
    await fillFolder(modelsFolder, synthetic);
    const path = await damage(modelsFolder, secondFile);
    await expect(weights({ download: false }).load('conv1_2')).rejects.toMatchObject({
      code: 'weights-corrupt',
      message: expect.stringContaining(path),
    });
  });

  it('passes over a damaged file that a good copy makes up for', async () => {
    await fillFolder(modelsFolder, synthetic, ['conv1_1']);
    await fillFolder(cacheFolder, synthetic, ['conv1_1']);
    await damage(modelsFolder, firstFile);
    expect((await weights({ download: false }).load('conv1_1')).kernel[1]).toBe(1);
  });
});

describe('the status', () => {
  it('tells for each layer whether it is present, missing or corrupt, and where', async () => {
    await fillFolder(modelsFolder, synthetic, ['conv1_1', 'conv1_2']);
    const damaged = await damage(modelsFolder, secondFile);
    expect(await weights().status()).toEqual([
      { layer: 'conv1_1', bytes: bytesOf([conv1_1]), state: 'present', folders: [modelsFolder], damaged: [] },
      { layer: 'conv1_2', bytes: bytesOf([conv1_2]), state: 'corrupt', folders: [], damaged: [damaged] },
      { layer: 'conv2_1', bytes: bytesOf([conv2_1]), state: 'missing', folders: [], damaged: [] },
    ]);
  });

  it('lists every folder that a layer is spread over', async () => {
    await fillFolder(modelsFolder, synthetic);
    await fillFolder(cacheFolder, synthetic);
    await rm(join(modelsFolder, 'vgg19', fourth));
    expect((await weights().status())[2]).toMatchObject({
      state: 'present',
      folders: [modelsFolder, cacheFolder],
    });
  });

  it('lists a damaged copy even where a good one makes up for it', async () => {
    await fillFolder(modelsFolder, synthetic, ['conv1_1']);
    await fillFolder(cacheFolder, synthetic, ['conv1_1']);
    const damaged = await damage(cacheFolder, firstFile);
    expect((await weights().status())[0]).toMatchObject({ state: 'present', damaged: [damaged] });
  });
});

describe('reading', () => {
  it('stops when it is aborted', async () => {
    await fillFolder(modelsFolder, synthetic);
    await expect(weights().load('conv1_1', AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    await expect(weights().status(AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('importing a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(root, 'usb');
  });

  it('copies the layers that it holds in full into the cache', async () => {
    await fillFolder(folder, synthetic);
    await rm(join(folder, 'vgg19', fourth));
    expect(await weights().importFrom(folder)).toEqual(['conv1_1', 'conv1_2']);
    expect(await cached()).toEqual([first, second]);
    expect((await weights({ download: false }).load('conv1_2')).kernel[0]).toBe(100_000);
  });

  it('takes the files from the folder itself, too', async () => {
    await fillFolder(folder, synthetic);
    expect(await weights().importFrom(join(folder, 'vgg19'))).toEqual(['conv1_1', 'conv1_2', 'conv2_1']);
  });

  it('replaces a damaged file in the cache', async () => {
    await fillFolder(folder, synthetic);
    await fillFolder(cacheFolder, synthetic, ['conv1_1']);
    await damage(cacheFolder, firstFile);
    await weights().importFrom(folder);
    expect((await weights().status())[0]).toMatchObject({ state: 'present', damaged: [] });
  });

  it('leaves good files in the cache alone', async () => {
    await fillFolder(folder, synthetic);
    await fillFolder(cacheFolder, synthetic);
    const before = await snapshot(cacheFolder);
    await weights().importFrom(folder);
    expect(await snapshot(cacheFolder)).toEqual(before);
  });

  it('copies nothing when one of the files is damaged', async () => {
    await fillFolder(folder, synthetic);
    const path = await damage(folder, secondFile);
    await expect(weights().importFrom(folder)).rejects.toMatchObject({
      code: 'weights-corrupt',
      message: expect.stringContaining(path),
    });
    expect(await cached()).toEqual([]);
  });

  it('refuses a folder that does not exist', async () => {
    await expect(weights().importFrom(folder)).rejects.toMatchObject({ code: 'missing-file' });
  });

  it('refuses a folder without weights', async () => {
    await mkdir(folder);
    await expect(weights().importFrom(folder)).rejects.toMatchObject({ code: 'weights-missing' });
  });

  it('reports a cache that cannot be written to', async () => {
    await fillFolder(folder, synthetic);
    await writeFile(cacheFolder, 'a file in the place of the folder');
    await expect(weights().importFrom(folder)).rejects.toMatchObject({ code: 'not-writable' });
  });

  it('stops when it is aborted', async () => {
    await fillFolder(folder, synthetic);
    await expect(weights().importFrom(folder, AbortSignal.abort())).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(await cached()).toEqual([]);
  });
});

describe('several processes', () => {
  it('download into one folder at once without harming each other', async () => {
    for (const file of files.keys()) server.answer(file, ...together(2));
    const children = [ensureInChild(), ensureInChild()];
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0]);
    expect(await cached()).toEqual([...files.keys()]);
    for (const [file, bytes] of files)
      expect(bytes.equals(await readFile(join(cacheFolder, 'vgg19', file)))).toBe(true);
    expect(server.requests).toHaveLength(2 * files.size);
  });

  it('continue what a killed one has left', async () => {
    const half = secondFile.bytes / 2;
    server.answer(second, hold(half));
    const child = ensureInChild();
    const exit = once(child, 'exit');
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream }))
      if ((JSON.parse(line) as WeightsProgress).bytesDone === firstFile.bytes + half) break;
    child.kill('SIGKILL');
    await exit;
    expect(await cached()).toEqual([first, expect.stringMatching(/^group2.*\.partial$/)]);

    await weights().ensure('conv1_2');
    expect(server.requests).toEqual([`${first} 0`, `${second} 0`, `${second} ${half}`]);
    expect(await cached()).toEqual([first, second]);
  });

  /** Downloads all layers in a process of its own, which prints its progress. */
  function ensureInChild(): ChildProcess {
    const code = `
      import { openWeights } from './src/nst/weights/store.ts';
      const print = (progress) => console.log(JSON.stringify(progress));
      await openWeights({ ...JSON.parse(process.argv[1]), onProgress: print }).ensure('conv2_1');`;
    const options: WeightsOptions = { cacheFolder, source: server.url, manifest };
    return spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', code, JSON.stringify(options)],
      { cwd: new URL('../../..', import.meta.url), stdio: ['ignore', 'pipe', 'inherit'] },
    );
  }
});

/** Answers that all wait until as many requests have come. */
function together(count: number): Answer[] {
  const waiting: (() => void)[] = [];
  const answer: Answer = (exchange) => {
    waiting.push(() => serve(exchange));
    if (waiting.length === count) for (const go of waiting) go();
  };
  return Array.from({ length: count }, () => answer);
}
