import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ChooseOptions, chooseEngines } from '../../src/engines/choose.ts';
import { openOutcomes } from '../../src/engines/outcomes.ts';
import type { Probe } from '../../src/engines/probe.ts';
import type { EngineKind } from '../../src/nst/engines/kinds.ts';

const failure = { message: 'It gave no result within 60 s.', advice: 'Update the driver.' };

/** Chooses with engines that are as fast as given when they are tried, or fail. */
async function machine() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const outcomesFile = path.join(folder, 'cache', 'engines.json');
  const tried: EngineKind[] = [];
  const told: string[] = [];
  const choose = (
    engine: ChooseOptions['engine'],
    speeds: Partial<Record<EngineKind, number>>,
    outcomes = openOutcomes(outcomesFile, 'this machine'),
  ) =>
    chooseEngines({
      engine,
      threads: 1,
      outcomesFile,
      outcomes,
      onTrial: (text) => void told.push(text),
      async probe(kind): Promise<Probe> {
        tried.push(kind);
        const speed = speeds[kind];
        return { kind, detail: '', measured: [], ...(speed === undefined ? { failure } : { speed }) };
      },
    });
  return { choose, tried, told, outcomesFile };
}

describe('the engine auto', () => {
  it('is the first that is right and faster than the CPU, before the CPU', async () => {
    const { choose } = await machine();
    expect(await choose('auto', { 'onnx-webgpu': 5.14 })).toEqual({
      engines: ['onnx-webgpu', 'onnx-cpu'],
      told: 'Painting on the GPU (WebGPU), 5.1× the CPU.',
    });
  });

  it('is the CPU where there is no GPU that works, and says so', async () => {
    const { choose } = await machine();
    expect(await choose('auto', {})).toEqual({
      engines: ['onnx-cpu'],
      told: 'No GPU found that works: painting on the CPU.',
    });
  });

  it('is the CPU where the GPU is slower, and says so', async () => {
    const { choose } = await machine();
    expect(await choose('auto', { 'onnx-webgpu': 0.4 })).toEqual({
      engines: ['onnx-cpu'],
      told: 'The GPU (WebGPU) is no faster than the CPU: painting on the CPU.',
    });
  });

  it('is remembered, whether it works or not', async () => {
    const { choose, tried, told } = await machine();
    const first = await choose('auto', { 'onnx-webgpu': 3 });
    expect(await choose('auto', { 'onnx-webgpu': 3 })).toEqual(first);
    expect(tried).toEqual(['onnx-webgpu']);
    expect(told).toEqual(['Trying the GPU (WebGPU): up to a minute, once a week.']);
    const other = await machine();
    await other.choose('auto', {});
    await other.choose('auto', {});
    expect(other.tried).toEqual(['onnx-webgpu']);
  });

  it('is tried again after an update, and after a week', async () => {
    const { choose, tried, outcomesFile } = await machine();
    let now = 1e12;
    const outcomes = (key: string) => openOutcomes(outcomesFile, key, () => now);
    await choose('auto', {}, outcomes('before'));
    await choose('auto', {}, outcomes('after'));
    expect(tried).toHaveLength(2);
    now += 6.9 * 86_400_000;
    await choose('auto', {}, outcomes('after'));
    expect(tried).toHaveLength(2);
    now += 0.2 * 86_400_000;
    await choose('auto', {}, outcomes('after'));
    expect(tried).toHaveLength(3);
  });

  it('is tried again after an hour where there was no time, and at once where the trial was ended', async () => {
    const { outcomesFile } = await machine();
    let now = 1e12;
    const tries = async (holdsMs: number) => {
      let tried = 0;
      await chooseEngines({
        engine: 'auto',
        threads: 1,
        outcomesFile,
        outcomes: openOutcomes(outcomesFile, 'this machine', () => now),
        probe: async (kind) => {
          tried += 1;
          return { kind, failure, holdsMs, detail: '', measured: [] };
        },
      });
      return tried;
    };
    expect(await tries(0)).toBe(1);
    expect(await tries(3_600_000)).toBe(1);
    now += 3_500_000;
    expect(await tries(0)).toBe(0);
    now += 200_000;
    expect(await tries(0)).toBe(1);
  });

  it('is not remembered where the trial was interrupted', async () => {
    const { outcomesFile, choose, tried } = await machine();
    const interrupted = chooseEngines({
      engine: 'auto',
      threads: 1,
      outcomesFile,
      outcomes: openOutcomes(outcomesFile, 'this machine'),
      signal: AbortSignal.abort(),
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'aborted' });
    await choose('auto', { 'onnx-webgpu': 3 });
    expect(tried).toEqual(['onnx-webgpu']);
  });

  it('is remembered for several machines that share a folder', async () => {
    const { choose, tried, outcomesFile } = await machine();
    for (const key of ['one', 'other', 'one', 'other']) {
      await choose('auto', { 'onnx-webgpu': 3 }, openOutcomes(outcomesFile, key));
    }
    expect(tried).toHaveLength(2);
    for (let index = 0; index < 40; index++) {
      await choose('auto', {}, openOutcomes(outcomesFile, `machine ${index}`));
    }
    expect(JSON.parse(await readFile(outcomesFile, 'utf8'))).toHaveLength(32);
  });

  it('does without its memory where that is damaged', async () => {
    const { choose, tried, outcomesFile } = await machine();
    await choose('auto', {});
    await writeFile(outcomesFile, (await readFile(outcomesFile, 'utf8')).slice(0, 20));
    await choose('auto', {});
    expect(tried).toHaveLength(2);
  });
});

describe('an engine that is named', () => {
  it('is tried, may be slow, and has the CPU to go on with', async () => {
    const { choose } = await machine();
    expect(await choose('onnx-webgpu', { 'onnx-webgpu': 0.4 })).toEqual({
      engines: ['onnx-webgpu', 'onnx-cpu'],
      told: 'Painting on the GPU (WebGPU), 0.40× the CPU.',
    });
  });

  it('is refused with the reason where it does not work, and tried again the next time', async () => {
    const { choose } = await machine();
    await expect(choose('onnx-webgpu', {})).rejects.toMatchObject({
      code: 'engine-failed',
      message: expect.stringContaining('It gave no result within 60 s.'),
      advice: expect.stringContaining('Update the driver.'),
    });
    expect((await choose('onnx-webgpu', { 'onnx-webgpu': 2 })).engines).toEqual(['onnx-webgpu', 'onnx-cpu']);
  });

  it('is the CPU without a trial', async () => {
    const { choose, tried } = await machine();
    expect((await choose('onnx-cpu', {})).engines).toEqual(['onnx-cpu']);
    expect(tried).toEqual([]);
  });
});
