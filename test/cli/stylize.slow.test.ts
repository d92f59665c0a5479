import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readParameters } from '../../src/nst/image/encode.ts';
import { models, runCli } from '../support/cli.ts';
import { gradientPicture } from '../support/pictures.ts';

it.skipIf(!models)('impasto stylize paints with VGG-19 where its weights are (IMPASTO_MODELS)', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'impasto-vgg19-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [photo, result] = [path.join(folder, 'photo.png'), path.join(folder, 'result.png')];
  await gradientPicture(64, 48).png().toFile(photo);
  const { code, stderr } = await runCli([
    ...['stylize', photo, photo, '-o', result],
    ...['--size', '64', '--min-size', '32', '--iterations', '12'],
  ]);
  expect(code).toBe(0);
  expect(stderr).not.toContain('compact');
  expect(await readParameters(await readFile(result))).toMatchObject({ network: 'vgg19', iterations: 12 });
});
