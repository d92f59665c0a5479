import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCli } from '../support/cli.ts';
import { gradientPicture } from '../support/pictures.ts';

// The doctor gives an engine a minute.
vi.setConfig({ testTimeout: 300_000 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-'));
  onTestFinished(() => rm(folder, { recursive: true }));
});

describe('impasto stylize', () => {
  it('tries what there is, and paints', async () => {
    const [photo, result] = [path.join(folder, 'photo.png'), path.join(folder, 'result.png')];
    await gradientPicture(64, 48).png().toFile(photo);
    const settings = ['--network', 'compact', '--size', '64', '--iterations', '3', '--engine', 'auto'];
    const { code, stderr } = await runCli(['stylize', photo, photo, ...settings, '-o', result], {
      env: { IMPASTO_CACHE: folder },
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^(Painting on .+, [\d.]+× the CPU\.|.+: painting on the CPU\.)$/m);
  });
});

describe('impasto doctor', () => {
  it('tells of the machine, the weights, the engines and how large it can paint, and no secret', async () => {
    const { stdout } = await runCli(['doctor'], {
      env: {
        IMPASTO_CACHE: folder,
        IMPASTO_MODELS: '',
        IMPASTO_ENGINE: 'auto',
        IMPASTO_MEMORY_MB: '2000',
        IMPASTO_SLACK_SIGNING_SECRET: 'a'.repeat(32),
      },
    });
    expect(stdout).toContain(`${os.type()} ${os.release()}`);
    expect(stdout).toContain(`Node.js ${process.version}`);
    expect(stdout).toMatch(/• VGG-19’s weights are not here.*\n {2}→ `impasto models fetch`/);
    expect(stdout).toMatch(/✓ Engine onnx-cpu: an evaluation of compact takes [\d.]+ s at 256 px/);
    expect(stdout).toMatch(/Squares up to \d+ px fit into 2\.0 GB for the painter/);
    expect(stdout).not.toContain('a'.repeat(32));
  });
});
