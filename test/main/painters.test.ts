import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { painterEnvironments, painterOf, paintersOf } from '../../src/main/painters.ts';
import { createLog } from '../../src/ops/log.ts';
import { painterArguments } from '../../src/queue/painters/painter-arguments.ts';
import { paint, task } from '../support/painters/open.ts';

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

describe('the process of a painter', () => {
  const secrets = {
    IMPASTO_DISCORD_TOKEN: 'discord-secret',
    IMPASTO_STUDIO_TOKEN: 'studio-secret',
    IMPASTO_DATABASE_URL: 'postgres://impasto:database-secret@db/impasto',
    AWS_SECRET_ACCESS_KEY: 'cloud-secret',
    HTTPS_PROXY: 'http://user:proxy-secret@proxy:8080',
  };

  /** The environment that a painter finds itself in. */
  async function environmentIn(pictures: string): Promise<NodeJS.ProcessEnv> {
    const config = readConfig({ IMPASTO_PICTURES: pictures }, 'no.env');
    const painter = painterOf(config, createLog({ level: 'silent' }), {
      entry: new URL('../support/painters/faulty.ts', import.meta.url),
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, ...secrets },
    });
    onTestFinished(() => painter.close());
    return JSON.parse((await paint(painter, task('tells its environment')).result).picture);
  }

  it('has no secret in its environment', async () => {
    const environment = await environmentIn('file:/var/lib/impasto');
    expect(JSON.stringify(environment)).not.toMatch(/secret/);
    expect(environment.PATH).toBe(process.env.PATH);
  });

  it('has who asks the S3 store where pictures are in one, and nothing more', async () => {
    const environment = await environmentIn('s3://bucket');
    expect(environment.AWS_SECRET_ACCESS_KEY).toBe('cloud-secret');
    const { AWS_SECRET_ACCESS_KEY: _, ...others } = environment;
    expect(JSON.stringify(others)).not.toMatch(/secret/);
  });

  it('reads no .env, where the secrets are', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(
      path.join(folder, '.env'),
      'IMPASTO_DISCORD_TOKEN=not a token: whoever reads it complains',
    );
    const args = painterArguments({
      place: { type: 'folder', folder },
      checkpointMs: 1000,
      weights: { cacheFolder: folder },
      engines: ['onnx-cpu'],
    });
    const child = fork(fileURLToPath(new URL('../../src/main/painter.ts', import.meta.url)), args, {
      cwd: folder,
      execArgv: ['--import', import.meta.resolve('tsx')],
      serialization: 'advanced',
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const first = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    expect(first[0]).toEqual({ type: 'ready' });
  });
});
