import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { COMPACT, layersOf } from '../../../src/nst/network.ts';
import { compactWeights } from '../../../src/nst/weights/compact.ts';

const bundled = new URL('../../../models/compact/', import.meta.url);

async function copy(): Promise<{ folder: string; url: URL }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-compact-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(bundled, folder, { recursive: true });
  return { folder, url: pathToFileURL(`${folder}/`) };
}

describe('the compact network', () => {
  it('comes with weights for every convolution, and with maps for every layer of the light preset', async () => {
    const load = compactWeights();
    for (const layer of layersOf(COMPACT)) {
      if (layer.kind !== 'conv') continue;
      const { kernel, bias, map } = await load(layer.name);
      expect(kernel).toHaveLength(9 * layer.inputs * layer.outputs);
      expect(bias).toHaveLength(layer.outputs);
      const seen = ['conv1_1', 'conv2_1', 'conv3_1', 'conv3_3', 'conv3_4'].includes(layer.name);
      expect(map?.length).toBe(seen ? layer.outputs ** 2 : undefined);
      expect([...kernel, ...bias, ...(map ?? [])].every(Number.isFinite)).toBe(true);
    }
  });

  it('is at most 4 MB on disk', async () => {
    expect((await readFile(new URL('weights.f16', bundled))).length).toBeLessThanOrEqual(4e6);
  });

  it('has no deeper layers', async () => {
    await expect(compactWeights()('conv4_1')).rejects.toMatchObject({ code: 'unknown-layer' });
  });

  it('refuses weights with a bit that fell over', async () => {
    const { folder, url } = await copy();
    const file = path.join(folder, 'weights.f16');
    const bytes = await readFile(file);
    bytes[1000] = (bytes[1000] as number) ^ 1;
    await writeFile(file, bytes);
    await expect(compactWeights(url)('conv1_1')).rejects.toMatchObject({ code: 'weights-corrupt' });
  });

  it('refuses weights that are cut off or missing, and says what to do', async () => {
    const { folder, url } = await copy();
    await truncate(path.join(folder, 'weights.f16'), 100);
    await expect(compactWeights(url)('conv1_1')).rejects.toMatchObject({ code: 'weights-corrupt' });
    await rm(path.join(folder, 'weights.f16'));
    await expect(compactWeights(url)('conv1_1')).rejects.toMatchObject({
      code: 'weights-missing',
      advice: expect.stringContaining('install'),
    });
  });
});
