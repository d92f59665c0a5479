import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/core/check.ts';
import { type CheckEnginesOptions, checkEngines } from '../../src/engines/doctor.ts';
import type { Outcome } from '../../src/engines/outcomes.ts';
import type { Probe } from '../../src/engines/probe.ts';

const cuda = { problem: 'ONNX Runtime’s CUDA libraries are not installed.', advice: 'Run: npm rebuild' };
const coreml = { problem: 'It needs macOS.', advice: '' };

/** What the doctor finds on a machine whose engines are so. */
async function found(
  probes: Partial<Record<string, Partial<Probe>>>,
  more: Partial<CheckEnginesOptions> = {},
) {
  const written: Outcome[] = [];
  const checks: Check[] = [];
  const all = checkEngines({
    engine: 'auto',
    threads: 1,
    outcomesFile: '/dev/null/nowhere/engines.json',
    weights: { folders: [], cacheFolder: '/dev/null/nowhere' },
    outcomes: {
      read: async () => new Map(),
      write: async (outcomes) => void written.push(...outcomes),
    },
    obstacleOf: (kind) => ({ 'onnx-cuda': cuda, 'onnx-coreml': coreml })[kind as string],
    probe: async (kind) => ({ kind, detail: '', measured: [], ...probes[kind] }),
    ...more,
  });
  for await (const check of all) checks.push(check);
  return { checks, written };
}

const measured = [
  { network: 'vgg19', side: 256, ms: 48.3 },
  { network: 'vgg19', side: 512, ms: 151 },
];

describe('the doctor on engines', () => {
  it('gives the speed of those that work, and what mends the others', async () => {
    const { checks, written } = await found({
      'onnx-webgpu': { speed: 5.13, measured },
      tfjs: { failure: { message: 'It broke.', advice: 'Mend it.' } },
      'onnx-cpu': { speed: 1, measured: measured.slice(0, 1) },
    });
    expect(checks).toEqual([
      {
        state: 'note',
        text: 'Engine onnx-cuda cannot be used: ONNX Runtime’s CUDA libraries are not installed',
        advice: 'Run: npm rebuild',
      },
      {
        state: 'good',
        text: 'Engine onnx-webgpu: 5.1× the CPU; an evaluation of vgg19 takes 0.048 s at 256 px, 0.15 s at 512 px',
      },
      { state: 'note', text: 'Engine tfjs cannot be used: It broke', advice: 'Mend it.' },
      {
        state: 'good',
        text: 'Engine onnx-cpu: an evaluation of vgg19 takes 0.048 s at 256 px (there was no time for more)',
      },
    ]);
    expect(written).toEqual([
      { kind: 'onnx-webgpu', speed: 5.13 },
      { kind: 'tfjs', problem: 'It broke.', advice: 'Mend it.' },
    ]);
  });

  it('notes one that is slower than the CPU', async () => {
    const { checks } = await found({
      'onnx-webgpu': { speed: 0.2, measured },
      'onnx-cpu': { speed: 1, measured },
    });
    expect(checks[1]).toMatchObject({
      state: 'note',
      text: expect.stringContaining('0.20× the CPU, so not used'),
    });
  });

  it.each(['onnx-cuda', 'onnx-coreml', 'tfjs'] as const)(
    'finds it bad when the one that is configured, %s, does not work',
    async (engine) => {
      const { checks } = await found({ 'onnx-cpu': { speed: 1, measured } }, { engine });
      expect(checks.filter(({ state }) => state === 'bad')).toEqual([
        expect.objectContaining({ text: expect.stringContaining(`Engine ${engine} cannot be used`) }),
      ]);
    },
  );

  it('ends with its signal', async () => {
    const checks = checkEngines({
      engine: 'auto',
      threads: 1,
      outcomesFile: '/dev/null/nowhere/engines.json',
      weights: { folders: [], cacheFolder: '/dev/null/nowhere' },
      signal: AbortSignal.abort(),
      obstacleOf: () => undefined,
    });
    await expect(checks.next()).rejects.toMatchObject({ code: 'aborted' });
  });
});
