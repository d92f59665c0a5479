import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ModelsCommandOptions, modelsCommand } from '../../src/cli/models.ts';
import { layersUpTo, VGG19 } from '../../src/nst/network.ts';
import { LAYER_PRESETS } from '../../src/nst/settings.ts';
import { pathIn, type WeightFile } from '../../src/nst/weights/manifest.ts';
import {
  fillFolder,
  startWeightsServer,
  status,
  syntheticWeights,
  type WeightsServer,
} from '../support/weights-server.ts';

const synthetic = syntheticWeights();
const { manifest, files } = synthetic;

let server: WeightsServer;
let root: string;
let modelsFolder: string;
let cacheFolder: string;

beforeEach(async () => {
  server = await startWeightsServer(files);
  root = await mkdtemp(join(tmpdir(), 'impasto-models-'));
  modelsFolder = join(root, 'models');
  cacheFolder = join(root, 'cache');
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true });
});

/** Runs `impasto models` with some arguments. */
async function models(
  args: readonly string[],
  { terminal = false, ...options }: Partial<ModelsCommandOptions> & { terminal?: boolean } = {},
) {
  const stdout = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY: terminal });
  const command = modelsCommand({
    modelsFolder,
    cacheFolder,
    source: server.url,
    manifest,
    patience: { retryDelaysMs: [] },
    stdout,
    stderr,
    ...options,
  });
  const error: unknown = await command.parseAsync(args, { from: 'user' }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

async function damage(folder: string): Promise<string> {
  const path = pathIn(folder, manifest.layers[0]?.shards[0] as WeightFile);
  await writeFile(path, 'damaged');
  return path;
}

describe('impasto models list', () => {
  it('prints a table of the layers with their size, state and place', async () => {
    await fillFolder(modelsFolder, synthetic, ['conv1_1', 'conv1_2']);
    const path = await damage(modelsFolder);
    const { stdout, error } = await models(['list']);
    expect(error).toBeUndefined();
    expect(stdout.split('\n')).toEqual([
      'layer        size  state    where',
      `conv1_1      2 kB  corrupt  damaged: ${path}`,
      `conv1_2     19 kB  present  ${modelsFolder}`,
      'conv2_1     74 kB  missing',
      '',
    ]);
  });

  it('prints JSON for programs', async () => {
    await fillFolder(cacheFolder, synthetic, ['conv1_1']);
    const { stdout } = await models(['list', '--json'], { modelsFolder: undefined });
    expect(JSON.parse(stdout)).toMatchObject([
      { layer: 'conv1_1', state: 'present', folders: [cacheFolder], damaged: [] },
      { layer: 'conv1_2', state: 'missing' },
      { layer: 'conv2_1', state: 'missing' },
    ]);
  });
});

describe('impasto models fetch', () => {
  it('downloads down to the layer asked for, with a line for each layer', async () => {
    const { stdout, stderr, error } = await models(['fetch', '--to', 'conv1_2']);
    expect(error).toBeUndefined();
    expect(stdout).toBe('VGG-19 is complete up to conv1_2.\n');
    expect(stderr).toBe('Fetching conv1_1 (0 % of 20 kB done)\nFetching conv1_2 (8 % of 20 kB done)\n');
    expect(await readdir(join(cacheFolder, 'vgg19'))).toHaveLength(2);
  });

  it('draws a bar on a terminal', async () => {
    const { stderr } = await models(['fetch', '--to', 'conv1_2'], { terminal: true });
    expect(stripVTControlCharacters(stderr)).toMatch(/conv1_2 █+ 100 % of 20 kB/);
  });

  it('goes, unless told otherwise, as deep as the deepest preset needs', () => {
    const { stdout, stderr } = process;
    const fetch = modelsCommand({ cacheFolder, stdout, stderr }).commands.find(
      (each) => each.name() === 'fetch',
    );
    const layers = Object.values(LAYER_PRESETS).flatMap(({ content, style }) => [...content, ...style]);
    const deepest = layersUpTo(VGG19, layers).findLast(({ kind }) => kind === 'conv')?.name;
    expect(fetch?.opts()).toEqual({ to: deepest });
  });

  it('refuses a layer that the network does not have', async () => {
    expect((await models(['fetch', '--to', 'conv7_1'])).error).toMatchObject({ code: 'unknown-layer' });
  });

  it('reports a download that fails', async () => {
    server.answer('group1-shard1of1', status(404));
    const { error, stdout } = await models(['fetch', '--to', 'conv1_2']);
    expect(error).toMatchObject({ code: 'download-failed' });
    expect(stdout).toBe('');
  });

  it('stops when it is interrupted', async () => {
    const { error } = await models(['fetch', '--to', 'conv1_2'], { signal: AbortSignal.abort() });
    expect(error).toMatchObject({ code: 'aborted' });
  });
});

describe('impasto models verify', () => {
  it('is content when no file is damaged', async () => {
    await fillFolder(modelsFolder, synthetic, ['conv1_1']);
    const { stdout, error } = await models(['verify']);
    expect(error).toBeUndefined();
    expect(stdout).toBe('1 of 3 layers are here; no file is damaged.\n');
  });

  it('fails when a copy is damaged, even if a good one makes up for it', async () => {
    await fillFolder(modelsFolder, synthetic);
    await fillFolder(cacheFolder, synthetic);
    const path = await damage(modelsFolder);
    const { error } = await models(['verify']);
    expect(error).toMatchObject({ code: 'weights-corrupt', message: expect.stringContaining(path) });
  });
});

describe('impasto models import', () => {
  it('copies the layers of a folder into the cache and names them', async () => {
    const folder = join(root, 'usb');
    await fillFolder(folder, synthetic, ['conv1_1', 'conv1_2']);
    const { stdout, error } = await models(['import', folder]);
    expect(error).toBeUndefined();
    expect(stdout).toBe(`Imported conv1_1, conv1_2 (20 kB) into ${cacheFolder}.\n`);
    expect(await readdir(join(cacheFolder, 'vgg19'))).toHaveLength(2);
  });

  it('refuses a folder that does not exist', async () => {
    expect((await models(['import', join(root, 'none')])).error).toMatchObject({ code: 'missing-file' });
  });
});
