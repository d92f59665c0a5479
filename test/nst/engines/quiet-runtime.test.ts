import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const engine = new URL('../../../src/nst/engines/onnx.ts', import.meta.url).href;
const tiny = new URL('../../support/tiny-network.ts', import.meta.url).href;
const SCRIPT = `
  import { onnxEngine } from '${engine}';
  import { loadTinyWeights, TINY } from '${tiny}';
  const engine = onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 });
  const picture = { width: 32, height: 32, rgb: new Float32Array(3 * 32 * 32) };
  await engine.features(picture, { pooling: 'average', grams: ['relu1_1'] });
`;

it('A painting leaves nothing of the runtime’s maker in the user’s folder', async () => {
  const home = await mkdtemp(path.join(os.tmpdir(), 'impasto-home-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...environment } = process.env;
  await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', SCRIPT], {
    env: { ...environment, HOME: home },
  });
  expect(await readdir(home, { recursive: true })).toEqual([]);
});
