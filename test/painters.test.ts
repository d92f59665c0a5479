import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { createLog } from '../src/ops/log.ts';
import { painterEnvironments, paintersOf } from '../src/painters.ts';

const devices = async () => ['0', '1'];

describe('painters', () => {
  it('auto are one for each CUDA device, each of which sees its own only', async () => {
    const environments = await painterEnvironments({ painters: 'auto' }, 'onnx-cuda', { HOME: '/' }, devices);
    expect(environments).toEqual([
      { HOME: '/', CUDA_VISIBLE_DEVICES: '0' },
      { HOME: '/', CUDA_VISIBLE_DEVICES: '1' },
    ]);
  });

  it('are not waited for when the trial of their engine is stopped', async () => {
    const config = readConfig(
      { IMPASTO_CACHE: '/dev/null/nowhere', IMPASTO_ENGINE: 'onnx-webgpu' },
      'no.env',
    );
    const painters = paintersOf(config, createLog({ level: 'silent' }), undefined, AbortSignal.abort());
    await expect(painters).rejects.toMatchObject({ code: 'aborted' });
  });

  it('auto are one on the CPU, whatever devices there are', async () => {
    expect(await painterEnvironments({ painters: 'auto' }, 'onnx-cpu', { HOME: '/' }, devices)).toEqual([
      { HOME: '/' },
    ]);
  });

  it('auto are one where CUDA’s devices cannot be listed', async () => {
    expect(await painterEnvironments({ painters: 'auto' }, 'onnx-cuda', {}, async () => [])).toEqual([{}]);
  });

  it('of a given number share the devices out', async () => {
    const environments = await painterEnvironments({ painters: 3 }, 'tfjs', {}, devices);
    expect(environments.map((each) => each.CUDA_VISIBLE_DEVICES)).toEqual(['0', '1', '0']);
  });
});
