import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../support/cli.ts';
import { gradientPicture } from '../support/pictures.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-'));
  await gradientPicture(64, 48).png().toFile(path.join(folder, 'photo.png'));
  onTestFinished(() => rm(folder, { recursive: true }));
});

/** Paints a very small picture with the compact network. */
const stylize = (args: string[], env: Record<string, string> = {}) => {
  const [photo, result] = [path.join(folder, 'photo.png'), path.join(folder, 'result.png')];
  const settings = ['--network', 'compact', '--size', '64', '--iterations', '3', '-o', result];
  return runCli(['stylize', photo, photo, ...settings, ...args], {
    env: { IMPASTO_CACHE: folder, ...env },
  });
};

describe('impasto stylize', () => {
  it('says in one line what it paints on', async () => {
    const { code, stderr } = await stylize([]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Painting on the CPU\.$/m);
  });

  it.skipIf(process.platform === 'darwin')(
    process.platform === 'darwin' ? 'CoreML is there on macOS' : 'refuses an engine that is not there',
    async () => {
      for (const { code, stderr } of [
        await stylize(['--engine', 'onnx-coreml']),
        await stylize([], { IMPASTO_ENGINE: 'onnx-coreml' }),
      ]) {
        expect(code).toBe(1);
        expect(stderr).toContain('The engine onnx-coreml cannot be used here. It needs macOS.');
        expect(stderr).toContain('IMPASTO_ENGINE=auto');
      }
    },
  );

  it('names the engines that there are', async () => {
    const { code, stderr } = await stylize(['--engine', 'cuda']);
    expect(code).toBe(2);
    expect(stderr).toContain('auto, onnx-cuda, onnx-coreml, onnx-webgpu, tfjs, onnx-cpu');
  });
});
